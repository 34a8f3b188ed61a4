/**
 * Who decides about a field (C1, C2): each field of a link is merged on its own, three ways, against the value that both
 * sides last agreed on. Pure: rows and the base in, writes and the new base out.
 */
import type { Platform } from '../ids.ts';
import { unreachable } from '../result.ts';
import {
  FIELDS,
  fitTo,
  isBlank,
  type Field,
  type FieldRow,
  type FieldValue,
  type Owner,
  type Owners,
  type Values,
} from './fields.ts';

export interface MergePolicy {
  readonly owners: Owners;
  /** `keep`: a blank never replaces a value (C2). */
  readonly blanks: 'keep' | 'overwrite';
}

export interface FieldWrite {
  readonly platform: Platform;
  readonly rowId: string;
  readonly field: Field;
  readonly before: FieldValue;
  readonly after: FieldValue;
}

/** A value that somebody set on the side that does not own the field: overwritten, so it is kept in the log. */
export interface LostValue {
  readonly platform: Platform;
  readonly rowId: string;
  readonly field: Field;
  readonly value: FieldValue;
  readonly owner: Owner;
}

export interface FieldProblem {
  readonly platform: Platform;
  readonly rowId: string;
  readonly field: Field;
  readonly why: string;
}

export interface Merge {
  readonly writes: readonly FieldWrite[];
  readonly lost: readonly LostValue[];
  readonly problems: readonly FieldProblem[];
  /** The values both sides hold once the writes are done: the next base, over the present one. */
  readonly agreed: Values;
}

export interface MergeInput {
  readonly web: FieldRow;
  /** One per Clover merchant, the leading one first. */
  readonly registers: readonly FieldRow[];
  /** null: the sides never agreed on anything. */
  readonly base: Values | null;
  readonly policy: MergePolicy;
  /** Why a row cannot hold a value, where more than its form decides; undefined when it can. */
  whyNot?(row: FieldRow, field: Field, value: FieldValue): string | undefined;
  /** The row's own form of a value, where it is another one; undefined when it is the same. */
  formAt?(row: FieldRow, field: Field, value: FieldValue): FieldValue | undefined;
}

/** What makes both sides equal. The same input gives the same answer, and what is equal already gives no write. */
export function mergeLink(input: MergeInput): Merge {
  const merged: Draft = { writes: [], lost: [], problems: [], agreed: {} };
  for (const field of FIELDS) {
    const owner = ownerOf(input, field);
    if (owner === 'off') continue;
    mergeField(input, field, owner, merged);
  }
  return merged;
}

interface Draft {
  readonly writes: FieldWrite[];
  readonly lost: LostValue[];
  readonly problems: FieldProblem[];
  readonly agreed: Partial<Record<Field, FieldValue>>;
}

/** What one row says about a field. */
interface Voice {
  readonly row: FieldRow;
  readonly value: FieldValue;
  /** Not what was agreed on; true when nothing ever was. */
  readonly changed: boolean;
}

/**
 * A register has one price and no sale price: while a sale is on, the sale is what the register charges, and only the web
 * can say so; when it ends, the web's price comes back, whoever owns prices otherwise. A field that the web cannot take
 * (a variant's name) is the web's, or nobody's.
 */
function ownerOf(input: MergeInput, field: Field): Owner {
  const { web, policy, base } = input;
  const owner = policy.owners[field];
  if (field === 'salePrice' || owner === 'off') return 'off';
  if (field === 'price' && (saleOf(input) !== null || isOnSale(base))) return 'bigcommerce';
  return owner === 'newest' && web.fixed.includes(field) ? 'bigcommerce' : owner;
}

function isOnSale(base: Values | null): boolean {
  return typeof base?.salePrice === 'number';
}

/** The sale price that is on; null without one, or where sales stay on the web. */
function saleOf({ web, policy }: MergeInput): number | null {
  const sale = web.values.salePrice;
  const { salePrice } = policy.owners;
  const isFollowed = salePrice === 'bigcommerce' || salePrice === 'newest';
  return isFollowed && typeof sale === 'number' && sale > 0 ? sale : null;
}

function mergeField(input: MergeInput, field: Field, owner: Owner, merged: Draft): void {
  const voices = voicesOf(input, field);
  const [web] = voices;
  if (web === undefined || voices.length < 2) return;
  const agreed = input.base?.[field];
  // Created hidden and never published: that says nothing about the register yet.
  if (field === 'visibility' && agreed === null && web.value === false) return;
  const winner = winnerOf(voices, owner, input.policy, agreed);
  if (winner === undefined) return;
  // A row that changed nothing may hold a shortened form: what was agreed on is the whole of it.
  const value = winner.changed || agreed === undefined ? winner.value : agreed;
  if (isBlank(value) && input.policy.blanks === 'keep') return;
  const own = fitTo(winner.row.platform, field, value);
  if (!own.ok) {
    merged.problems.push({ ...nameOf(winner), field, why: own.why });
    return;
  }
  let isWhole = true;
  for (const voice of voices) {
    if (voice !== winner && !settle(input, voice, field, owner, value, merged)) isWhole = false;
  }
  if (!isWhole) return;
  merged.agreed[field] = value;
  if (field === 'price') merged.agreed.salePrice = saleOf(input);
}

function voicesOf(input: MergeInput, field: Field): Voice[] {
  const { web, registers, base } = input;
  const sale = field === 'price' ? saleOf(input) : null;
  const agreed = base?.[field];
  return [web, ...registers].flatMap((row): Voice[] => {
    const value = row === web && sale !== null ? sale : row.values[field];
    if (value === undefined) return [];
    const changed = agreed === undefined || !holds(input, row, field, value, agreed);
    return [{ row, value, changed }];
  });
}

/** Whether a row that shows `value` holds `agreed`: the same, or the same as far as its platform can tell them apart. */
function holds(
  { formAt }: MergeInput,
  row: FieldRow,
  field: Field,
  value: FieldValue,
  agreed: FieldValue | undefined,
): boolean {
  if (agreed === undefined) return false;
  const { platform } = row;
  const form = formAt?.(row, field, agreed);
  if (form === undefined && same(value, agreed)) return true;
  const wanted = fitTo(platform, field, form ?? agreed);
  if (!wanted.ok) return false;
  const shown = fitTo(platform, field, value);
  return same(value, wanted.value) || (shown.ok && same(shown.value, wanted.value));
}

function same(a: FieldValue, b: FieldValue): boolean {
  return a === b || (isBlank(a) && isBlank(b));
}

/** undefined: nobody has a say, so both sides stay as they are. */
function winnerOf(
  voices: readonly Voice[],
  owner: Owner,
  policy: MergePolicy,
  base: FieldValue | undefined,
): Voice | undefined {
  const isSpeaking = ({ value }: Voice): boolean =>
    policy.blanks === 'overwrite' || !isBlank(value);
  const web = voices.find(({ row }) => row.platform === 'bigcommerce');
  const registers = voices.filter(({ row }) => row.platform === 'clover');
  switch (owner) {
    case 'off':
      return undefined;
    case 'bigcommerce':
      return web;
    case 'clover':
      // Several registers that never agreed: the leading one speaks, row times say nothing about one field.
      return base === undefined
        ? (registers.find(isSpeaking) ?? registers[0])
        : (newest(registers.filter((voice) => voice.changed && isSpeaking(voice))) ?? registers[0]);
    case 'newest':
      return newest(voices.filter((voice) => voice.changed && isSpeaking(voice)));
    default:
      return unreachable(owner);
  }
}

/** The row that was changed last; of those that tell no time, or the same, the first. */
function newest(voices: readonly Voice[]): Voice | undefined {
  return voices.reduce<Voice | undefined>(
    (best, voice) =>
      best === undefined || (voice.row.modifiedMs ?? 0) > (best.row.modifiedMs ?? 0) ? voice : best,
    undefined,
  );
}

/** Brings one row to the value. False when it cannot be brought there. */
function settle(
  input: MergeInput,
  voice: Voice,
  field: Field,
  owner: Owner,
  value: FieldValue,
  merged: Draft,
): boolean {
  const { base, whyNot, formAt } = input;
  const { row } = voice;
  if (holds(input, row, field, voice.value, value)) return true;
  if (row.fixed.includes(field)) return false;
  const fit = fitTo(row.platform, field, formAt?.(row, field, value) ?? value);
  const why = fit.ok ? whyNot?.(row, field, fit.value) : fit.why;
  if (!fit.ok || why !== undefined) {
    merged.problems.push({ ...nameOf(voice), field, why: why ?? '' });
    return false;
  }
  merged.writes.push({ ...nameOf(voice), field, before: voice.value, after: fit.value });
  if (base?.[field] !== undefined && voice.changed) {
    merged.lost.push({ ...nameOf(voice), field, value: voice.value, owner });
  }
  return true;
}

function nameOf({ row }: Voice): { readonly platform: Platform; readonly rowId: string } {
  return { platform: row.platform, rowId: row.id };
}
