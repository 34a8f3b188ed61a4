/**
 * The one stylesheet, sent inline: light and dark by the viewer's choice, one column on a phone. Panels, tabs, tables and
 * buttons keep the manners of BigCommerce's control panel, around whose frame they stand.
 */
export const STYLE = `
:root{color-scheme:light dark;--ink:#313440;--strong:#1c1e27;--soft:#5a5e70;--line:#d9dce9;--ground:#f6f7fc;--card:#fff;--brand:#2f55e0;--brandink:#fff;
--hover:#eef1fd;--field:#fff;--edge:#8c93ad;--shadow:0 1px 6px rgba(49,52,64,.14);
--good:#0b6b45;--goodbg:#e2f6ea;--warn:#774700;--warnbg:#fdf1d6;--bad:#a01722;--badbg:#fde9ea;--chart:#2f55e0;--chart2:#b3590a}
@media(prefers-color-scheme:dark){:root{--ink:#d6d9e6;--strong:#f2f3f8;--soft:#a3a8bd;--line:#353a4e;--ground:#14161f;--card:#1d202c;--brand:#9db1ff;
--brandink:#0d1433;--hover:#262b3d;--field:#171a25;--edge:#6c7390;--shadow:none;
--good:#7fdcae;--goodbg:#12301f;--warn:#f0c67a;--warnbg:#33270f;--bad:#ff9d95;--badbg:#3a1917;--chart:#9db1ff;--chart2:#f0a35c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.skip{position:absolute;left:-99rem;top:0;background:var(--card);padding:.6rem 1rem;z-index:2}.skip:focus{left:0}
.top{background:var(--card);border-bottom:1px solid var(--line)}
.bar,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
.bar{display:flex;gap:0 1.75rem;align-items:center;flex-wrap:wrap}
.mark{font-weight:700;font-size:1.15rem;color:var(--strong);text-decoration:none;padding:.8rem 0;display:flex;align-items:center}
.mark i{width:.85rem;height:.85rem;border-radius:.2rem;background:var(--brand);margin-right:.5rem}
nav{display:flex;flex-wrap:wrap}
nav a{padding:.85rem .8rem;text-decoration:none;color:var(--ink);border-bottom:3px solid transparent}
nav a:hover{background:var(--hover)}nav a[aria-current]{color:var(--brand);font-weight:600;border-color:var(--brand)}
.tabs{border-bottom:1px solid var(--line);margin:0 0 1.25rem}.tabs a{padding:.6rem .75rem}
.badge{background:var(--bad);color:var(--card);border-radius:1rem;font-size:.78rem;font-weight:700;padding:.05rem .45rem;margin-left:.4rem}
main{padding-top:1.5rem;padding-bottom:1rem;min-height:60vh}
a{color:var(--brand)}
h1{font-size:1.85rem;font-weight:400;line-height:1.2;margin:0 0 1rem;color:var(--strong);overflow-wrap:anywhere}
h2{font-size:1.2rem;font-weight:600;margin:0 0 .6rem;color:var(--strong)}h3{font-size:1rem;margin:1rem 0 .3rem;color:var(--strong)}
p{margin:.4rem 0;max-width:48rem}
.card{background:var(--card);box-shadow:var(--shadow);border:1px solid transparent;border-radius:.3rem;padding:1.15rem 1.35rem;margin:0 0 1.15rem}
@media(prefers-color-scheme:dark){.card{border-color:var(--line)}}
.row>h1,.row>h2{margin:0}.row+*{margin-top:.6rem}.row{display:flex;gap:.6rem 1rem;align-items:center;flex-wrap:wrap;justify-content:space-between}
.head{margin-bottom:1rem}.acts{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap;margin-top:.8rem}.acts.end{align-items:end}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:0}
.grid div{border:1px solid var(--line);border-radius:.3rem;padding:.6rem .8rem}
.grid dt{color:var(--soft);font-size:.87rem}
.grid dd{margin:0;font-size:1.4rem;font-weight:600;color:var(--strong);font-variant-numeric:tabular-nums}.grid dd small{font-size:.85rem;font-weight:400;color:var(--soft)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:.5rem 0}.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
.soft{color:var(--soft)}.small{font-size:.875rem}
.tag{white-space:nowrap;display:inline-block;border-radius:.25rem;padding:.1rem .5rem;font-size:.82rem;font-weight:600;background:var(--line);color:var(--strong)}
.tag.good{color:var(--good);background:var(--goodbg)}.tag.warn{color:var(--warn);background:var(--warnbg)}.tag.bad{color:var(--bad);background:var(--badbg)}
.note{border-left:4px solid currentColor;border-radius:.25rem;padding:.65rem .9rem;margin:.6rem 0 1rem;background:var(--warnbg);color:var(--warn);max-width:none}
.note.bad{background:var(--badbg);color:var(--bad)}.note.good{background:var(--goodbg);color:var(--good)}.note.plain{background:var(--hover);color:var(--ink)}.note a{color:inherit}
.empty{text-align:center;padding:2.5rem 1rem}.empty p{margin:.4rem auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.55rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:.85rem;white-space:nowrap}tbody tr:hover{background:var(--hover)}
td.sku{white-space:nowrap}td .name{white-space:normal;min-width:8rem}td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.wide{overflow-wrap:anywhere;min-width:11rem}tbody tr:last-child>*{border-bottom:0}.acts+h2{margin-top:1.3rem}td.still{white-space:nowrap}
form{margin:0}form.inline{display:inline-flex;gap:.5rem;flex-wrap:wrap;align-items:end;max-width:100%}form.inline>*{min-width:0;max-width:100%}
button,.button{font:inherit;font-weight:400;border:1px solid var(--brand);border-radius:.25rem;padding:.4rem 1.1rem;min-height:2.6rem;background:var(--brand);
color:var(--brandink);cursor:pointer;text-decoration:none;display:inline-flex;align-items:center}
button:hover,.button:hover{filter:brightness(.93)}
button.plain,.button.plain{background:transparent;color:var(--brand);border-color:var(--edge)}button.plain:hover{background:var(--hover);filter:none}
button.risk,.button.risk{background:transparent;color:var(--bad);border-color:var(--bad)}
input,select,textarea{font:inherit;color:var(--strong);background:var(--field);border:1px solid var(--edge);border-radius:.25rem;padding:.4rem .6rem;max-width:100%;min-height:2.6rem}
input[type=checkbox],input[type=radio]{min-height:0;width:1.1rem;height:1.1rem;margin:.2rem .5rem 0 0;accent-color:var(--brand);flex:none}
textarea{width:100%;max-width:34rem;min-height:6rem}input[type=text],input[type=email]{width:100%;max-width:26rem}
.field{margin:0 0 1.15rem;max-width:46rem}.field>label,.field>.label{display:block;font-weight:600;color:var(--strong)}
.check,.field .check{display:flex;font-weight:400;align-items:flex-start;padding:.2rem 0}.field.wrong input,.field.wrong select,.field.wrong textarea{border-color:var(--bad);border-width:2px}
progress{accent-color:var(--brand);vertical-align:middle}
fieldset.field{columns:15rem 3}.field .check{break-inside:avoid}fieldset.field>p{column-span:all}
.field p{margin:.1rem 0 .35rem}.error{color:var(--bad);font-weight:600}
fieldset{border:1px solid var(--line);border-radius:.3rem;margin:0 0 1.15rem;padding:.9rem 1.1rem .1rem;min-width:0}legend{font-weight:600;color:var(--strong);padding:0 .4rem}
fieldset.field{border:0;padding:0}fieldset.field>legend{padding:0}
summary{cursor:pointer;color:var(--brand);padding:.3rem 0}details[open]>summary{margin-bottom:.4rem}
code,.secret{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.92em;overflow-wrap:anywhere}.secret{display:block;padding:.7rem;border:1px dashed var(--edge);border-radius:.25rem;background:var(--ground);user-select:all}
del{color:var(--bad)}ins{color:var(--good);text-decoration:none}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
ol,ul{margin:.4rem 0;padding-left:1.3rem}
.steps{list-style:none;padding:0;margin:0;counter-reset:step}.steps>li{counter-increment:step;display:grid;grid-template-columns:2rem 1fr;gap:0 .8rem;padding:.65rem 0;border-bottom:1px solid var(--line)}
.steps>li:last-child{border-bottom:0}.steps>li::before{content:counter(step);grid-row:span 3;width:1.9rem;height:1.9rem;border-radius:50%;border:2px solid var(--edge);display:flex;align-items:center;justify-content:center;font-weight:600;font-size:.9rem}
.steps>li.done::before{content:"✓";background:var(--goodbg);color:var(--good);border-color:var(--good)}.steps>li.now::before{background:var(--brand);color:var(--brandink);border-color:var(--brand)}
.steps>li.done{color:var(--soft)}.steps strong{color:var(--strong)}
svg{display:block;width:100%;height:auto;max-width:52rem;margin:.6rem 0}svg text{fill:var(--soft);font-size:12px}svg .axis{stroke:var(--line)}svg .bar1{fill:var(--chart)}svg .bar2{fill:var(--chart2)}
svg .line{stroke:var(--chart);fill:none;stroke-width:2}svg .dot{fill:var(--chart)}
footer{color:var(--soft);font-size:.875rem;padding-bottom:1.5rem}
@media(max-width:40rem){.grid{grid-template-columns:repeat(2,1fr);gap:.5rem}svg{min-width:34rem}.bar,main,footer{padding-left:.9rem;padding-right:.9rem}.top .bar{display:block;padding-bottom:.2rem}.top nav{display:grid;grid-template-columns:repeat(3,1fr)}
.top nav a{padding:.5rem .2rem;text-align:center}.card{padding:.95rem}h1{font-size:1.5rem}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}
.acts button,.acts .button,.acts form{width:100%}.acts button,.acts .button{justify-content:center}th,td{padding:.5rem .45rem}}
`;
