/**
 * Drift: a place's level differing from its target, by what is behind it and what happens next. Most of it heals by
 * itself; what does not says so.
 */
import { WEBHOOK_GRACE_MS } from '../../limits.ts';

export const DRIFT_CLASSES = [
  /** A write or a read is under way, or the change is so fresh that its webhook may be. */
  'in_flight',
  /** A known sale accounts for it; its fall is still to come. */
  'pending_order',
  /** A fall that no webhook told of: most are sales. */
  'lost_event',
  /** A person or another app changed the level: it rose, or it fell and no order accounts for that. */
  'manual_edit',
  /** The place shows less than nothing. */
  'negative',
  /** The place or the link is not as it was: deleted, tracking off, never counted. */
  'structure',
  /** The write ran out of attempts. */
  'parked',
  /** The settings let nothing be written there. */
  'switched_off',
] as const;

export type DriftClass = (typeof DRIFT_CLASSES)[number];

/** What is known of one SKU at one place. */
export interface DriftFacts {
  /** As the ledger believes; null: never counted there. */
  readonly believed: number | null;
  readonly target: number;
  /** A write or read of the place is under way. */
  readonly pending: boolean;
  /** Units of known sales whose fall is still to come, and units that fell and no sale has claimed. */
  readonly awaited: number;
  readonly unexplained: number;
  /** Why nothing is written there; null: nothing stands in the way. */
  readonly skipped: string | null;
  readonly isLinkBroken: boolean;
  readonly isParked: boolean;
  /** The settings let us write there. */
  readonly isWritten: boolean;
  /** What a sweep saw there and the ledger has not taken in; null: nothing. */
  readonly finding: {
    readonly level: number | null;
    /** The platform's own time of that level; null where it tells none. */
    readonly platformModifiedMs: number | null;
    readonly seenAtMs: number;
    /** The mass guard kept it from the ledger. */
    readonly held: boolean;
  } | null;
}

export interface Drift {
  readonly class: DriftClass;
  /** The newest level known; null: not counted there. */
  readonly level: number | null;
  /** Level less target; what is not counted counts as 0. */
  readonly difference: number;
  /** False: a person has to do something. */
  readonly heals: boolean;
  /** One plain sentence. */
  readonly next: string;
}

/** The drift that these facts amount to, or null when the place is as it should be. */
export function driftOf(facts: DriftFacts): Drift | null {
  const { finding, target } = facts;
  const level = finding === null ? facts.believed : finding.level;
  const difference = (level ?? 0) - target;
  const isSound = facts.skipped === null && !facts.isLinkBroken && (level ?? 0) >= 0;
  if (difference === 0 && finding === null && isSound) return null;
  const kind = classOf(facts, level);
  return { class: kind, level, difference, ...nextOf(kind, facts) };
}

function classOf(facts: DriftFacts, level: number | null): DriftClass {
  const { finding } = facts;
  if (facts.skipped !== null || facts.isLinkBroken) return 'structure';
  if (level !== null && level < 0) return 'negative';
  if (finding !== null) return classOfFinding(facts, finding);
  if (facts.awaited > 0) return 'pending_order';
  if (facts.pending) return 'in_flight';
  if (facts.isParked) return 'parked';
  if (!facts.isWritten) return 'switched_off';
  if (level === null) return 'structure';
  return facts.unexplained > 0 ? 'manual_edit' : 'lost_event';
}

/** What a sweep saw and the ledger does not know yet. */
function classOfFinding(
  { believed, awaited, unexplained }: DriftFacts,
  finding: NonNullable<DriftFacts['finding']>,
): DriftClass {
  const { level, platformModifiedMs, seenAtMs } = finding;
  if (level === null) return 'structure';
  const moved = level - (believed ?? 0);
  if (awaited > 0 && moved === -awaited) return 'pending_order';
  // A whole catalog that moves at once is an import or a mistake, not sales.
  if (finding.held) return 'manual_edit';
  const isFresh = platformModifiedMs !== null && seenAtMs - platformModifiedMs < WEBHOOK_GRACE_MS;
  if (isFresh) return 'in_flight';
  if (moved > 0) return 'manual_edit';
  return unexplained > 0 ? 'manual_edit' : 'lost_event';
}

function nextOf(kind: DriftClass, facts: DriftFacts): Pick<Drift, 'heals' | 'next'> {
  if (facts.finding?.held === true) {
    return asks(
      'The mass guard stopped the sweep here: replay its failure if these levels are right.',
    );
  }
  if (facts.isLinkBroken) return asks('The link is broken: link the SKU again or remove it.');
  if (facts.skipped !== null) return asks(`Nothing is written here: ${facts.skipped}`);
  if (facts.isParked) {
    return heals('The write ran out of attempts; it is tried again within the hour.');
  }
  if (!facts.isWritten) {
    return asks('The settings let nothing be written here; the level is only watched.');
  }
  return NEXT[kind];
}

const NEXT: Readonly<Record<DriftClass, Pick<Drift, 'heals' | 'next'>>> = {
  in_flight: heals('A write or a read of it is under way.'),
  pending_order: heals('A known order lowers this level; if it does not, the level is written.'),
  lost_event: heals('The ledger takes the fall in and passes it on at once.'),
  manual_edit: heals('The ledger takes it in: a fall at once, a rise when a second look agrees.'),
  negative: heals('The level is brought back to its target by the next write.'),
  structure: heals('The place gets its first count with the next write.'),
  parked: heals('The write ran out of attempts; it is tried again within the hour.'),
  switched_off: asks('The settings let nothing be written here; the level is only watched.'),
};

function heals(next: string): Pick<Drift, 'heals' | 'next'> {
  return { heals: true, next };
}

function asks(next: string): Pick<Drift, 'heals' | 'next'> {
  return { heals: false, next };
}
