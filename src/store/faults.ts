import { DrizzleQueryError } from 'drizzle-orm/errors';

/**
 * What a thrown value says, for logs: drizzle's own message carries every bound value of the statement (X8), so only
 * its cause is told.
 */
export function faultText(error: unknown): string {
  if (error instanceof DrizzleQueryError) return error.cause?.message ?? 'A query failed.';
  return error instanceof Error ? error.message : String(error);
}

/** Where it was thrown: the frames of the stack, without the message. */
export function faultFrames(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '));
}
