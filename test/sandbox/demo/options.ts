/** What `npm start` can be told through the environment. */
import { resolve } from 'node:path';

export interface DemoPorts {
  /** Where a person reaches the relay. */
  readonly relay: number;
  readonly control: number;
  readonly bigcommerce: number;
  readonly clover: number;
}

export interface DemoOptions {
  /** Everything that is kept between two starts. */
  readonly directory: string;
  readonly ports: DemoPorts;
}

/** The variable and default of each port. */
export const PORT_VARIABLES: Readonly<
  Record<keyof DemoPorts, { variable: string; port: number; what: string }>
> = {
  relay: { variable: 'ONHAND_PORT', port: 8787, what: 'the relay' },
  control: { variable: 'ONHAND_CONTROL_PORT', port: 8790, what: 'the control page' },
  bigcommerce: { variable: 'ONHAND_BIGCOMMERCE_PORT', port: 8791, what: 'the BigCommerce sandbox' },
  clover: { variable: 'ONHAND_CLOVER_PORT', port: 8792, what: 'the Clover sandbox' },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the options; throws a sentence for a person when a port is none or named twice. */
export function readOptions(environment: Environment): DemoOptions {
  const read = (name: keyof DemoPorts) => readPort(environment, name);
  const ports: DemoPorts = {
    relay: read('relay'),
    control: read('control'),
    bigcommerce: read('bigcommerce'),
    clover: read('clover'),
  };
  const numbers = Object.values(ports);
  const twice = numbers.find((port, index) => numbers.indexOf(port) !== index);
  if (twice !== undefined) throw new Error(`Port ${twice} is given to two of the servers.`);
  return { directory: resolve(environment['ONHAND_DIR'] ?? '.onhand'), ports };
}

function readPort(environment: Environment, name: keyof DemoPorts): number {
  const { variable, port } = PORT_VARIABLES[name];
  const text = environment[variable] ?? '';
  if (text === '') return port;
  const chosen = Number(text);
  if (Number.isInteger(chosen) && chosen >= 1 && chosen <= 65_535) return chosen;
  throw new Error(`${variable} is "${text}", which is no port (1 to 65535).`);
}
