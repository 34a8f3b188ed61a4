/** Words of the pages that disconnect and export. A translation replaces this file too. */

export const CONNECTION = {
  store: 'Web shop',
  installed: 'Connected since',
  registers: 'Registers',
  none: 'No register is connected.',
  disconnect: 'Disconnect…',
  disconnectOf: (name: string) => `Disconnect ${name}…`,
  export: 'Take your data away',
  exportMore:
    'Each file has one JSON object per line and says in its last line whether it holds everything. Nothing secret is in them: no tokens, no keys.',
  parts: {
    settings: 'Settings and registers',
    links: 'Links: which variant is which register item',
    levels: 'Counts: on hand, reserved, and what each place shows',
    entries: 'Ledger entries: what every count is made of',
    orders: 'Orders and what became of them',
    failures: 'Inbox: failures, open and closed',
    findings: 'Findings about both catalogs',
  },
  logs: 'The log has an export of its own in the JSON API.',
  stop: 'Disconnect the whole store',
  stopMore:
    'Stops everything: both platforms’ access is forgotten and no level is written any more.',
  stopReview: 'Disconnect the whole store…',
  reviewStore: (name: string) => `Disconnect ${name}?`,
  reviewRegister: (name: string) => `Disconnect the register ${name}?`,
  happens: 'What happens',
  kept: 'What is kept, and how long',
  storeHappens: [
    'Onhand forgets its access to BigCommerce and to every register, at once. What is under way ends at its next call.',
    'Its webhooks are taken off the store.',
    'Everybody is signed out, and all API keys end.',
    'Both sides keep the counts they show now; nothing is changed there.',
  ],
  storeKept: (days: number) => [
    'Settings, links, ledgers, orders and the inbox stay, so that a new install finds them. They stay until whoever hosts Onhand deletes them.',
    `The log is deleted ${days} days after each line was written.`,
    'To come back: uninstall Onhand under Apps in your BigCommerce control panel, and install it again.',
  ],
  registerHappens: (links: number, only: number) => [
    'Onhand forgets its access to this register, at once. Nothing is changed at the register.',
    `Its items leave ${links.toLocaleString('en')} links; ${only.toLocaleString('en')} of these SKUs have no other register and stop being kept in step.`,
    'What is on hand in the web shop stays as it is.',
  ],
  registerInPool:
    'Its id stands in the pools under Settings, Stock: take it out there afterwards, or levels wait for it.',
  registerKept: [
    'The ledgers keep their entries, and orders that went to it keep their story.',
    'Connect it again at any time; a new plan links its items again.',
  ],
  sure: 'I have read this',
  needSure: 'Tick the box first: nothing was disconnected.',
  doStore: 'Disconnect the store',
  doRegister: 'Disconnect this register',
  cancel: 'Keep it connected',
  registerGone: 'The register was disconnected.',
  gone: 'Onhand is disconnected',
  goneMore:
    'Nothing is kept in step any more, and everybody was signed out. Both sides keep the counts they show now.',
  goneAdvice:
    'To come back, uninstall Onhand under Apps in your BigCommerce control panel and install it again; settings and links are kept.',
} as const;
