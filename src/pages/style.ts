/** The one stylesheet, sent inline: light and dark by the viewer's choice, one column on a phone. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b2430;--soft:#5b6675;--line:#dfe4ea;--ground:#f5f7f9;--card:#fff;--brand:#0f6e5c;--brandink:#fff;
--good:#0c6b43;--goodbg:#e3f4ea;--warn:#7a4b00;--warnbg:#fdf1d8;--bad:#9c1c1c;--badbg:#fce8e6}
@media(prefers-color-scheme:dark){:root{--ink:#e7ecf1;--soft:#9aa7b5;--line:#2d3743;--ground:#11161c;--card:#1a2129;--brand:#3fb79c;
--brandink:#06231c;--good:#7fdcae;--goodbg:#12301f;--warn:#f0c67a;--warnbg:#33270f;--bad:#ff9d95;--badbg:#3a1917}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:64rem;margin:0 auto;padding:1rem}
header{display:flex;gap:.75rem 1.25rem;align-items:center;flex-wrap:wrap}
header .mark{font-weight:700;font-size:1.15rem;letter-spacing:-.01em;color:var(--ink);text-decoration:none}
header .mark i{display:inline-block;width:.7rem;height:.7rem;border-radius:.2rem;background:var(--brand);margin-right:.45rem}
nav{display:flex;gap:1rem;margin-left:auto}
a{color:var(--brand)}
nav a{text-decoration:none}nav a[aria-current]{font-weight:600;text-decoration:underline}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 1rem;letter-spacing:-.015em}
h2{font-size:1.1rem;margin:0 0 .6rem}
p{margin:.4rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.15rem;margin:0 0 1rem}
.row>h1,.row>h2{margin:0}.row+*{margin-top:.6rem}.row{display:flex;gap:.6rem 1rem;align-items:center;flex-wrap:wrap;justify-content:space-between}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0}
.grid div{border:1px solid var(--line);border-radius:.6rem;padding:.6rem .75rem}
.grid dt{color:var(--soft);font-size:.85rem}
.grid dd{margin:0;font-size:1.35rem;font-weight:650;font-variant-numeric:tabular-nums}
.soft{color:var(--soft)}.small{font-size:.875rem}
.tag{white-space:nowrap;display:inline-block;border-radius:1rem;padding:.1rem .6rem;font-size:.82rem;font-weight:600;background:var(--line)}
.tag.good{color:var(--good);background:var(--goodbg)}.tag.warn{color:var(--warn);background:var(--warnbg)}.tag.bad{color:var(--bad);background:var(--badbg)}
.note{border-radius:.6rem;padding:.65rem .85rem;margin:.6rem 0;background:var(--warnbg);color:var(--warn)}
.note.bad{background:var(--badbg);color:var(--bad)}.note.good{background:var(--goodbg);color:var(--good)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.94rem}
th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:.83rem;white-space:nowrap}
td.sku{white-space:nowrap}td .name{white-space:normal;min-width:8rem}td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr:last-child td{border-bottom:0}
form{margin:0;display:inline}
button,.button{font:inherit;font-weight:600;border:0;border-radius:.55rem;padding:.55rem 1rem;min-height:2.75rem;background:var(--brand);
color:var(--brandink);cursor:pointer;text-decoration:none;display:inline-flex;align-items:center}
button.plain{background:transparent;color:var(--brand);border:1px solid var(--line)}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
ol,ul{margin:.4rem 0;padding-left:1.2rem}
footer{color:var(--soft);font-size:.85rem}
@media(max-width:36rem){.card{padding:.85rem .9rem}nav{margin-left:0;width:100%}button,.button{width:100%;justify-content:center}}
`;
