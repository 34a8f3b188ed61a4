/** Goal: a change of a shopper travels once and to one side, and nothing of an erased one is left in a text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eraseDeep,
  ERASED,
  marksOf,
  ownMarksOf,
  type Subject,
} from '../../src/domain/customers/erase.ts';
import {
  comparable,
  CUSTOMER_FIELDS,
  mergePerson,
  type Changed,
  type CustomerPolicy,
  type Person,
} from '../../src/domain/customers/merge.ts';

const POLICY: CustomerPolicy = {
  direction: 'two-way',
  owners: { name: 'bigcommerce', email: 'clover', phone: 'bigcommerce' },
};
const ada: Person = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  phone: '+1 555 010-9999',
  consents: true,
};
const NOTHING = { toWeb: {}, toRegister: {} };
const changed = (web: string[], register: string[], more: Partial<Changed> = {}): Changed => ({
  web: new Set(web as never[]),
  register: new Set(register as never[]),
  webWithdrew: false,
  registerWithdrew: false,
  ...more,
});

describe('two sides of one shopper', () => {
  it('[O8] who differed from the start stays so; only blanks are filled', () => {
    const there = { ...ada, firstName: 'A.', phone: '' };
    expect(mergePerson(ada, there, null, POLICY)).toEqual({
      toWeb: {},
      toRegister: { phone: ada.phone },
    });
  });

  it('[O8] one side alone is followed, both go by the owner, and what was cleared stays clear', () => {
    const there = { ...ada, firstName: 'Augusta', email: 'a@example.org' };
    expect(mergePerson(ada, there, changed([], ['firstName', 'email']), POLICY)).toEqual({
      toWeb: { firstName: 'Augusta', email: 'a@example.org' },
      toRegister: {},
    });
    const both = changed(['firstName', 'email'], ['firstName', 'email']);
    expect(mergePerson(ada, there, both, POLICY)).toEqual({
      toWeb: { email: 'a@example.org' },
      toRegister: { firstName: 'Ada' },
    });
    const cleared = { ...ada, phone: '' };
    expect(mergePerson(cleared, ada, changed(['phone'], []), POLICY)).toEqual(NOTHING);
    const off = { ...POLICY, owners: { ...POLICY.owners, name: 'off' as const } };
    expect(mergePerson(ada, there, changed([], ['firstName']), off).toWeb).toEqual({});
  });

  it('[O8] consent is never carried over, and taking it back is', () => {
    const without = { ...ada, consents: false };
    expect(mergePerson(ada, without, null, POLICY)).toEqual(NOTHING);
    expect(mergePerson(ada, without, changed([], []), POLICY)).toEqual(NOTHING);
    const withdrew = changed([], [], { registerWithdrew: true });
    expect(mergePerson(ada, without, withdrew, POLICY).toWeb).toEqual({ consents: false });
    const oneWay = { ...POLICY, direction: 'to-clover' as const };
    expect(mergePerson(ada, without, withdrew, oneWay)).toEqual(NOTHING);
  });

  it('[O8] whatever changed, a second look after the writes has nothing to do', () => {
    const word = fc.constantFrom('', 'x', 'y', 'z@example.com', '555 0100', '5550100');
    const person = fc.record({
      firstName: word,
      lastName: word,
      email: word,
      phone: word,
      consents: fc.constantFrom(true, false, null),
    });
    const fields = fc.uniqueArray(fc.constantFrom(...CUSTOMER_FIELDS));
    const policy = fc.record({
      direction: fc.constantFrom(
        'two-way' as const,
        'to-clover' as const,
        'to-bigcommerce' as const,
      ),
      owners: fc.record({
        name: fc.constantFrom('bigcommerce' as const, 'clover' as const, 'off' as const),
        email: fc.constantFrom('bigcommerce' as const, 'clover' as const),
        phone: fc.constantFrom('bigcommerce' as const, 'clover' as const),
      }),
    });
    const change = fc.option(fc.tuple(fields, fields, fc.boolean(), fc.boolean()));
    fc.assert(
      fc.property(person, person, change, policy, (web, register, parts, rules) => {
        const [one = [], other = [], webWithdrew = false, registerWithdrew = false] = parts ?? [];
        const moved = changed(one, other, { webWithdrew, registerWithdrew });
        const merge = mergePerson(web, register, parts === null ? null : moved, rules);
        for (const field of CUSTOMER_FIELDS) {
          const [left, right] = [merge.toWeb[field], merge.toRegister[field]];
          // Never both ways, never a blank, never what is there already.
          expect(left === undefined || right === undefined).toBe(true);
          expect(left === '' || right === '').toBe(false);
          if (left !== undefined)
            expect(comparable(field, left)).not.toBe(comparable(field, web[field]));
        }
        if (rules.direction === 'to-clover') expect(merge.toWeb).toEqual({});
        if (rules.direction === 'to-bigcommerce') expect(merge.toRegister).toEqual({});
        const after = mergePerson(
          { ...web, ...merge.toWeb },
          { ...register, ...merge.toRegister },
          changed([], []),
          rules,
        );
        expect(after).toEqual(NOTHING);
      }),
    );
  });
});

describe('an erased person', () => {
  const subject: Subject = {
    email: 'Ada.L+web@example.com',
    phone: '+1 (555) 010-9999',
    firstName: 'Ada',
    lastName: 'Lovelace',
  };

  it('[O8] is in no text however it is written, and others stay', () => {
    const texts = {
      mails: ['ada.l+WEB@example.com', 'x?email:in=Ada.L%2Bweb%40example.com&y'],
      phones: ['15550109999', '+1 555.010.9999', '1-555-010-9999'],
      names: ['for Ada Lovelace', 'LOVELACE, ADA', 'name=Ada+Lovelace'],
      'Ada Lovelace': 1,
      others: ['Adam Lovelace-Smith', '9915550109999', 'bob@example.com', 'Ada'],
    };
    const clean = eraseDeep(texts, marksOf(subject));
    const json = JSON.stringify({ ...clean, others: [] });
    expect(json).not.toMatch(/ada\.l|5550109999"|555.010.9999|lovelace, ada|"Ada Lovelace/i);
    expect(clean.mails[0]).toBe(ERASED);
    expect(clean.others.slice(1)).toEqual(['9915550109999', 'bob@example.com', 'Ada']);
    const own = eraseDeep({ note: 'Engraving: "For Ada, love"' }, ownMarksOf(subject));
    expect(own.note).toBe(`Engraving: "For ${ERASED}, love"`);
    // A status of ours stays a status, whatever people are called.
    const called = ownMarksOf({
      ...subject,
      email: 'e-v@x-y.example.com',
      firstName: 'Eva',
      lastName: 'New',
    });
    const state = { phase: 'new', story: [{ what: 'New, for Eva' }] };
    expect(eraseDeep(state, called)).toEqual({
      phase: 'new',
      story: [{ what: `${ERASED}, for ${ERASED}` }],
    });
    const same = { note: 'Nobody we know' };
    expect(eraseDeep(same, ownMarksOf(subject))).toBe(same);
  });

  it('[O8] with a phone number alone never matches a part of another', () => {
    const marks = marksOf({ email: '', phone: '5550100', firstName: '', lastName: '' });
    expect(eraseDeep(['555-0100', '55501001', '15550100'], marks)).toEqual([
      ERASED,
      '55501001',
      '15550100',
    ]);
    const none = { anywhere: [], inTexts: [] };
    expect(marksOf({ email: 'x', phone: '12', firstName: 'A', lastName: 'B' })).toEqual(none);
  });
});
