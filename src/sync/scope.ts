/** What the handlers of one queue batch share: the ports, the connections they looked up, the ledger views to store. */
import type { EventId } from '../domain/ids.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import type { LedgerBusy } from '../platforms/account-port.ts';
import { STOCK_READS_GATHER_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { openStockReads, type StockReads } from './stock-reads.ts';

export interface Scope {
  readonly ports: Ports;
  /** Stock of single items, read together where several messages ask at once. */
  readonly stockReads: StockReads;
  /** The connection, looked up once a batch; undefined when there is none. */
  connection(connectionId: string): Promise<Connection | undefined>;
  /** Marks the connection as being worked on until the batch ends, for `activity`. */
  begin(connectionId: string): Promise<void>;
  /** Marks the connection as being worked on for `ms` more: a message of it comes (back) by then. */
  linger(connectionId: string, workId: string, ms: number): Promise<void>;
  /**
   * Keeps the newest view per ledger. When the batch ends, those worth a row are stored together, and the account hears
   * which ledgers are busy.
   */
  keep(view: LedgerView | null): void;
}

/** The cause that one handler works for. */
export interface Cause {
  readonly connection: Connection;
  readonly eventId: EventId;
  readonly receivedAtMs: number;
  /** Who told first, for delivery scores; left out: a person, or a poll too early to judge. */
  readonly toldBy?: 'webhook' | 'poll';
}

export interface OpenScope extends Scope {
  readonly views: ReadonlyMap<string, LedgerView>;
  end(): Promise<void>;
}

/** Longest time that a batch counts as being worked on when it never says that it ended. */
const WORKING_MAX_MS = 60_000;

/** `messages`: how many of them share the scope. */
export function openScope(ports: Ports, messages = 1): OpenScope {
  const connections = new Map<string, Promise<Connection | undefined>>();
  const begun = new Map<string, Promise<void>>();
  const views = new Map<string, LedgerView>();
  const workId = ports.newId();
  return {
    ports,
    stockReads: openStockReads(ports, messages > 1 ? STOCK_READS_GATHER_MS : 0),
    views,
    connection(connectionId) {
      const known = connections.get(connectionId) ?? findConnection(ports.db, connectionId);
      connections.set(connectionId, known);
      return known;
    },
    begin(connectionId) {
      const account = ports.objects.platformAccount('bigcommerce', connectionId);
      const known = begun.get(connectionId) ?? account.beginWork(workId, WORKING_MAX_MS);
      begun.set(connectionId, known);
      return known;
    },
    linger: (connectionId, id, ms) =>
      ports.objects.platformAccount('bigcommerce', connectionId).beginWork(id, ms),
    keep(view) {
      const known = view === null ? undefined : views.get(view.linkId);
      if (view !== null && (known === undefined || known.version <= view.version)) {
        views.set(view.linkId, view);
      }
    },
    async end() {
      const byConnection = Map.groupBy(views.values(), (view) => view.connectionId);
      const accounts = [...new Set([...begun.keys(), ...byConnection.keys()])].map((id) =>
        ports.objects
          .platformAccount('bigcommerce', id)
          .endWork(workId, (byConnection.get(id) ?? []).map(busyOf)),
      );
      await Promise.allSettled(accounts);
    },
  };
}

function busyOf({ linkId, version, outstandingSinceMs }: LedgerView): LedgerBusy {
  return { linkId, version, isBusy: outstandingSinceMs !== null };
}
