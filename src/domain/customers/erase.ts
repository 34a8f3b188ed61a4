/** Taking a person out of texts that are kept: whom to look for, and what a text is without them. */

export interface Subject {
  readonly email: string;
  readonly phone: string;
  readonly firstName: string;
  readonly lastName: string;
}

export const ERASED = '[erased]';

/** Shorter than this a name is half of other words, and a number is anybody's. */
const NAME_CHARS_MIN = 2;
const DIGITS_MIN = 6;

/** A blank, a comma, or how addresses write a blank. */
const BETWEEN_NAMES = String.raw`(?:[\s,_+]|%20){1,4}`;

/** What is taken out of a value that is kept. */
export interface Marks {
  /** E-mail, phone, full name in either order: whatever the text is. */
  readonly anywhere: readonly RegExp[];
  /** Each name by itself: only where people write freely, and only in what is known to be about the person. */
  readonly inTexts: readonly RegExp[];
}

/** What tells that a text speaks of the person. */
export function marksOf(subject: Subject): Marks {
  const { email, phone, firstName, lastName } = trimmed(subject);
  const digits = phone.replaceAll(/\D/g, '');
  const hasName = firstName.length >= NAME_CHARS_MIN && lastName.length >= NAME_CHARS_MIN;
  const anywhere = [
    ...(email.includes('@') ? [spelt(email), spelt(encodeURIComponent(email))] : []),
    ...(digits.length >= DIGITS_MIN ? [numbered(digits)] : []),
    ...(hasName
      ? [
          alone(`${escaped(firstName)}${BETWEEN_NAMES}${escaped(lastName)}`),
          alone(`${escaped(lastName)}${BETWEEN_NAMES}${escaped(firstName)}`),
        ]
      : []),
  ];
  return { anywhere, inTexts: [] };
}

/** As `marksOf`, and each name by itself: for what is known to be about the person. */
export function ownMarksOf(subject: Subject): Marks {
  const { firstName, lastName } = trimmed(subject);
  const names = [firstName, lastName].filter((name) => name.length >= NAME_CHARS_MIN);
  return { ...marksOf(subject), inTexts: names.map((name) => alone(escaped(name))) };
}

/** Keys under which people write freely; a name under any other may be a word of ours, such as a status. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'attention',
  'description',
  'detail',
  'fix',
  'label',
  'message',
  'name',
  'note',
  'reason',
  'title',
  'value',
  'what',
]);

/** A copy of a JSON value whose texts, keys included, are without what is marked; the same value when nothing was. */
export function eraseDeep<Value>(value: Value, marks: Marks): Value {
  const copy = erased(value, marks, false);
  return JSON.stringify(copy) === JSON.stringify(value) ? value : (copy as Value);
}

/** `isText`: it lies under a key where people write freely. */
function erased(value: unknown, marks: Marks, isText: boolean): unknown {
  const { anywhere, inTexts } = marks;
  if (typeof value === 'string') return without(without(value, anywhere), isText ? inTexts : []);
  if (Array.isArray(value)) return value.map((item) => erased(item, marks, isText));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      without(key, anywhere),
      erased(item, marks, isText || TEXT_KEYS.has(key)),
    ]),
  );
}

const without = (text: string, marks: readonly RegExp[]): string =>
  marks.reduce((rest, mark) => rest.replaceAll(mark, ERASED), text);

const trimmed = ({ email, phone, firstName, lastName }: Subject): Subject => ({
  email: email.trim(),
  phone: phone.trim(),
  firstName: firstName.trim(),
  lastName: lastName.trim(),
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
const spelt = (text: string): RegExp => new RegExp(escaped(text), 'giu');

/** Not as a part of a longer word. */
const alone = (pattern: string): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`, 'giu');

/** However its digits are set apart, and not as a part of a longer number. */
function numbered(digits: string): RegExp {
  const apart = digits.split('').join(String.raw`[\s().+/-]{0,3}`);
  return new RegExp(String.raw`(?<!\d)\+?${apart}(?!\d)`, 'gu');
}
