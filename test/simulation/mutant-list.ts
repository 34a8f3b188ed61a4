/** Rules of the ledger, each with the line that holds it and how that line is broken (`npm run simulate:mutants`). */
export interface Mutant {
  /** The rule that is broken. */
  readonly rule: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const STOCK = 'src/domain/stock';

export const MUTANTS: readonly Mutant[] = [
  {
    rule: '[S2] a sale told twice counts once',
    file: 'src/objects/ledger-desk.ts',
    from: '[saleKey, this.#store.soldUnits(saleKey)]',
    to: '[saleKey, 0 * this.#store.soldUnits(saleKey)]',
  },
  {
    rule: '[S2] a sale that a window may have swallowed stays counted',
    file: `${STOCK}/windows.ts`,
    from: 'return place.windows.some(({ span, rowMs }) => {',
    to: 'return [].some(({ span, rowMs }: { span: null; rowMs: null }) => {',
  },
  {
    rule: '[S2] a register sale that the level has shown is not counted twice',
    file: `${STOCK}/awaited.ts`,
    from: 'const follows = change.state.policy.followsSales?.[place.place] === true;',
    to: 'const follows = false;',
  },
  {
    rule: '[S2] a fall explains the sale that caused it',
    file: `${STOCK}/falls.ts`,
    from: 'const part = Math.min(rest, shareOf(fall, sale));\n    if (part === 0) continue;',
    to: 'const part = 0 * Math.min(rest, shareOf(fall, sale));\n    if (part === 0) continue;',
  },
  {
    rule: '[S4] what changed since is folded in before a register is written',
    file: `${STOCK}/write.ts`,
    from: 'const observed = observe(state, observation, nowMs);',
    to: 'const observed = { ...observe(state, observation, nowMs), state, entries: [] };',
  },
  {
    rule: '[S4] a write to the web is relative',
    file: `${STOCK}/write.ts`,
    from: 'if (!isBelow) return { absolute: false, after: wanted };',
    to: 'if (!isBelow) return { absolute: true, after: wanted };',
  },
  {
    rule: '[S5] a write without an answer is not repeated blindly',
    file: `${STOCK}/write.ts`,
    from: '      return {\n        state: withPlace(state, unanswered(state, place, effect, outcome, nowMs, jitter)),\n        entries: [],\n      };',
    to: '      return refused(state, place, effect, { failure: outcome.failure }, nowMs, jitter);',
  },
  {
    rule: '[S5] a write without an answer is not taken for done',
    file: `${STOCK}/unknown.ts`,
    from: '  if (ifApplied === 0) return true;\n  if (ifNot === 0) return false;',
    to: '  if (delta !== 0 || ifApplied === ifNot) return true;',
  },
  {
    rule: '[S5] known sales are taken off before a read decides',
    file: `${STOCK}/unknown.ts`,
    from: 'const known = awaited.reduce((sum, { units }) => sum + units, 0);',
    to: 'const known = 0 * awaited.length;',
  },
  {
    rule: '[S5] a sale that surfaces late can turn a decision',
    file: `${STOCK}/unknown.ts`,
    from: 'const isTurned = kept !== 0 && turned === 0;',
    to: 'const isTurned = kept !== 0 && turned > 1_000;',
  },
  {
    rule: '[S6] the web keeps the buffer back',
    file: `${STOCK}/targets.ts`,
    from: '- bufferOf(state),',
    to: '- 0 * bufferOf(state),',
  },
  {
    rule: '[S6] a cancelled order reserves nothing',
    file: `${STOCK}/reservations.ts`,
    from: 'return known === undefined ? change : release(change, sale, known.units, nowMs);',
    to: 'return known === undefined ? change : release(change, sale, 0, nowMs);',
  },
  {
    rule: '[S6] what is reserved is offered by no side',
    file: `${STOCK}/targets.ts`,
    from: 'const free = pool.onHand - pool.reserved;',
    to: 'const free = pool.onHand - 0 * pool.reserved;',
  },
  {
    rule: "[S6] a presumed fall is the shipment's",
    file: `${STOCK}/reservations.ts`,
    from: 'const part = mayMeet(fall.span, sale) ? Math.min(rest, fall.units) : 0;',
    to: 'const part = 0 * (mayMeet(fall.span, sale) ? Math.min(rest, fall.units) : 0);',
  },
  {
    rule: '[S6] the fall of reserved units is no movement of its own',
    file: `${STOCK}/reservations.ts`,
    from: 'return awaitCounted(back, sale, given.rest, span, nowMs);\n}\n\nfunction giveBack(',
    to: 'return awaitCounted(back, sale, 0, span, nowMs);\n}\n\nfunction giveBack(',
  },
  {
    rule: '[S8] lines of an order of ours are no sales',
    file: `${STOCK}/sell.ts`,
    from: 'isOwnLine(found, sale.pushKey, units)',
    to: 'isOwnLine(found, sale.pushKey, units + 1_000_000)',
  },
  {
    rule: '[O3] a payment that is there is not made again',
    file: 'src/domain/orders/converge.ts',
    from: 'const payment = plan.payments.find(({ key }) => !done.has(key));',
    to: 'const payment = plan.payments.find(({ key }) => !done.has(`${key}?`));',
  },
  {
    rule: '[S10] parts add up to what is free',
    file: `${STOCK}/parts.ts`,
    from: 'if (missing === 0) return start;',
    to: 'if (missing <= 0) return start;',
  },
  {
    rule: '[S10] registers of a shared pool hold parts, not all of it',
    file: `${STOCK}/parts.ts`,
    from: 'const { sharing } = state.policy;',
    to: 'const sharing: typeof state.policy.sharing = undefined;',
  },
  {
    rule: '[R4] a lost message is sent again by the alarm',
    file: `${STOCK}/ledger.ts`,
    from: 'const lostAtMs = known.sentAtMs + POKE_LOST_AFTER_MS;',
    to: 'const lostAtMs = known.sentAtMs + POKE_LOST_AFTER_MS * 100_000;',
  },
];
