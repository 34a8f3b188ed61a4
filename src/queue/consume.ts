/** Which queue goes to which consumer. */
import type { Ports } from '../ports.ts';
import { consumeDeadLetters } from './dead-letters.ts';
import { consumeIntake } from './intake-consumer.ts';
import { consumeLogs } from './logs-consumer.ts';
import { consumeWork } from './work-consumer.ts';

/** @throws when the queue is none of ours: wrangler.toml and this map must agree. */
export async function consume(ports: Ports, batch: MessageBatch): Promise<void> {
  switch (batch.queue) {
    case 'intake':
      return consumeIntake(ports, batch);
    case 'work':
      return consumeWork(ports, batch);
    case 'logs':
      return consumeLogs(ports, batch, ports.printError);
    case 'intake-dead':
    case 'work-dead':
    case 'logs-dead':
      return consumeDeadLetters(ports, batch, ports.printError);
    default:
      throw new Error(`no consumer for queue ${batch.queue}`);
  }
}
