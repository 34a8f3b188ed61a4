/** Goal: a Clover webhook is believed only with its code, and all it says fits in one message. */
import { describe, expect, it } from 'vitest';
import { CLOVER_CHANGES_MAX, WEBHOOK_BODY_BYTES_MAX } from '../../src/limits.ts';
import { AUTH_CODE, cloverChanges, openIntake } from '../support/intake.ts';

const PATH = '/clover';
const AUTH = { 'X-Clover-Auth': AUTH_CODE };
const ONE = 'XYZVJT2ZRRRSC';
const TWO = 'MNOVJT2ZRRRSC';
const change = (objectId: string, type = 'UPDATE', ts = 1_536_156_558_000) => ({
  objectId,
  type,
  ts,
});

describe('Clover intake', () => {
  it('[R1] several merchants and objects travel in one message', async () => {
    const stage = openIntake();
    const body = cloverChanges({
      [ONE]: [change('O:GHIVJT2ABCRSC', 'CREATE', 1_537_970_958_000), change('IS:ABCVJTABCRRSC')],
      [TWO]: [change('P:ZZZVJTABCRRSC')],
    });
    const response = await stage.post(PATH, body, AUTH);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(stage.sent).toEqual([
      {
        v: 1,
        platform: 'clover',
        eventId: expect.stringMatching(/^cl_[0-9a-f]{32}$/),
        receivedAtMs: stage.clock.nowMs,
        changes: [
          {
            merchantId: ONE,
            key: 'O',
            objectId: 'GHIVJT2ABCRSC',
            type: 'CREATE',
            tsMs: 1_537_970_958_000,
          },
          {
            merchantId: ONE,
            key: 'IS',
            objectId: 'ABCVJTABCRRSC',
            type: 'UPDATE',
            tsMs: 1_536_156_558_000,
          },
          {
            merchantId: TWO,
            key: 'P',
            objectId: 'ZZZVJTABCRRSC',
            type: 'UPDATE',
            tsMs: 1_536_156_558_000,
          },
        ],
      },
    ]);
  });

  it('[R2] a repeated delivery has the same event id, another one has another', async () => {
    const stage = openIntake();
    await stage.post(PATH, cloverChanges({ [ONE]: [change('O:A')] }), AUTH);
    stage.clock.nowMs += 5_000;
    await stage.post(PATH, cloverChanges({ [ONE]: [change('O:A')] }), AUTH);
    await stage.post(PATH, cloverChanges({ [ONE]: [change('O:B')] }), AUTH);
    const ids = stage.sent.map(({ eventId }) => eventId);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('[X1] a missing or wrong code is 401; each configured code is right', async () => {
    const stage = openIntake();
    const body = cloverChanges({ [ONE]: [change('O:A')] });
    const wrong = ['', 'x', AUTH_CODE.slice(0, -1), `${AUTH_CODE}0`, `${AUTH_CODE},an-older-code`];
    expect((await stage.post(PATH, body)).status).toBe(401);
    for (const code of wrong) {
      const response = await stage.post(PATH, body, { 'X-Clover-Auth': code });
      expect(response.status, code).toBe(401);
    }
    expect(stage.sent).toEqual([]);
    expect((await stage.post(PATH, body, { 'X-Clover-Auth': 'an-older-code' })).status).toBe(200);
    expect((await stage.post(PATH, body, AUTH)).status).toBe(200);
  });

  it('[X1] the message of another app is 401', async () => {
    const stage = openIntake();
    const body = cloverChanges({ [ONE]: [change('O:A')] }, 'DRKVJT2ZRRRSC');
    expect((await stage.post(PATH, body, AUTH)).status).toBe(401);
    expect(stage.sent).toEqual([]);
  });

  it('[R1] malformed is 400 for Clover, 401 for a stranger', async () => {
    const stage = openIntake();
    const tooMany = Array.from({ length: CLOVER_CHANGES_MAX + 1 }, () => change('O:A'));
    const bodies = [
      '',
      'null',
      '{}',
      '{"appId":',
      cloverChanges({ 'not a merchant': [change('O:A')] }),
      cloverChanges({ [ONE]: [change('no colon')] }),
      cloverChanges({ [ONE]: tooMany }),
    ];
    for (const body of bodies) {
      expect((await stage.post(PATH, body, AUTH)).status, body.slice(0, 80)).toBe(400);
      expect((await stage.post(PATH, body)).status, body.slice(0, 80)).toBe(401);
    }
    expect(stage.sent).toEqual([]);
  });

  it('[X7] a body over the limit is 413', async () => {
    const stage = openIntake();
    const body = `${cloverChanges({ [ONE]: [] })}${' '.repeat(WEBHOOK_BODY_BYTES_MAX)}`;
    expect((await stage.post(PATH, body, AUTH)).status).toBe(413);
  });

  it('[R1] a message without changes is answered 200 and sends nothing', async () => {
    const stage = openIntake();
    expect((await stage.post(PATH, cloverChanges({ [ONE]: [] }), AUTH)).status).toBe(200);
    expect(stage.sent).toEqual([]);
  });

  it('[R1] the handshake needs no code, shows its code to the operator and does nothing else', async () => {
    const stage = openIntake();
    const verificationCode = '6d6a3f1a-8f43-4a0d-9e0b-2a3a1b6f1c11';
    const response = await stage.post(PATH, JSON.stringify({ verificationCode }));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(stage.sent).toEqual([]);
    await Promise.all(stage.kept);
    expect(stage.logged).toMatchObject([
      {
        kind: 'event',
        platform: 'clover',
        operation: 'intake.verification_code',
        connectionId: '',
      },
    ]);
    expect(stage.logged[0]?.message).toContain(verificationCode);
  });

  it('[R1] a handshake whose code is no code is refused and not logged', async () => {
    const stage = openIntake();
    const verificationCode = '<b>call 555-0100</b>';
    const response = await stage.post(PATH, JSON.stringify({ verificationCode }));
    expect(response.status).toBe(400);
    await Promise.all(stage.kept);
    expect(JSON.stringify(stage.logged)).not.toContain('555');
  });

  it('[R1] when the queue does not take it, the sender is told to keep it', async () => {
    const stage = openIntake();
    stage.queue.failure = new Error('Queue is overloaded');
    const response = await stage.post(PATH, cloverChanges({ [ONE]: [change('O:A')] }), AUTH);
    expect(response.status).toBe(503);
  });
});
