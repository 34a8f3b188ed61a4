import type { Ports } from '../ports.ts';
import { faultText } from '../store/faults.ts';
import { troublePage } from './page.tsx';

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
  return troublePage(ports, {
    status: 500,
    title: 'Something went wrong here',
    message: 'This is our mistake; it has been noted.',
    advice: 'Reload the page in a minute.',
  });
}
