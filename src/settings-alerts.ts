/** The part of a connection's settings that is about alerts; `settings.ts` has the whole. */
import * as z from 'zod';
import { ALERT_KINDS, alertUrlProblem } from './domain/alerts.ts';

const DAY_MINUTES = 1_440;

export const alerts = z.strictObject({
  emails: z
    .array(z.email().max(254))
    .max(20)
    .default([])
    .describe('Who is told by e-mail, where this installation can send any.'),
  webhookUrl: z
    .string()
    .trim()
    .max(2_048)
    .default('')
    .superRefine(checkAlertUrl)
    .describe('Address that receives a signed message, https only; empty: none.'),
  on: z
    .array(z.enum(ALERT_KINDS))
    .max(ALERT_KINDS.length)
    .default([...ALERT_KINDS])
    .describe('What is worth a message.'),
  quietMinutes: z
    .int()
    .min(5)
    .max(DAY_MINUTES)
    .default(30)
    .describe('Minutes of silence after a message; what comes up meanwhile is told together.'),
  driftMinutes: z
    .int()
    .min(5)
    .max(7 * DAY_MINUTES)
    .default(60)
    .describe('A SKU that differs from its target for longer is worth a message.'),
});

function checkAlertUrl(text: string, context: z.RefinementCtx): void {
  const problem = text === '' ? null : alertUrlProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
}
