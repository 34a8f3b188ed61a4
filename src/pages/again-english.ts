/** Words of the page that replays a SKU or a span of time. A translation replaces this file too. */
import { counted } from './english.ts';

export const AGAIN_WORDS = {
  title: 'Replay a SKU or a time span',
  intro:
    'Takes what webhooks told in this time in once more, and tries what failed in it again. Nothing is done twice: whatever it is about is read anew.',
  sku: 'SKU (empty: all)',
  from: 'From',
  until: 'Until',
  zone: (timeZone: string) => `In the store’s time zone, ${timeZone}.`,
  replay: 'Replay',
  wrong: 'Say from when until when, the earlier one first. Nothing was replayed.',
  done: (events: number, failures: number) =>
    `${counted(events, 'webhook')} taken in again, ${counted(failures, 'failure')} tried again. What still fails comes back to the inbox.`,
  refused: (count: number) =>
    `${counted(count, 'case')} could not be replayed: too little of them is kept. A recount of the SKU looks anew.`,
  more: 'There is more in this time span.',
  goOn: 'Go on',
} as const;
