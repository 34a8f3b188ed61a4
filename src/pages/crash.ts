import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import { troublePage } from './page.tsx';
import { TROUBLES } from './words-english.ts';

/** The page for a defect of ours: the log has the reason, the visitor does not (X8). */
export function crashPage(
  ports: Pick<Ports, 'config' | 'log' | 'now' | 'randomBytes'>,
  error: Error,
): Response {
  ports.log.add({
    kind: 'event',
    atMs: ports.now(),
    connectionId: '',
    operation: 'page.crash',
    outcome: 'failed',
    code: 'internal',
    message: `A page failed: ${faultText(error)}`,
  });
  return troublePage(ports, { status: 500, ...TROUBLES.crash });
}
