/** What every form of the pages has in common: its token, bound to its action, and how its answer is told. */
import type { Child } from 'hono/jsx';
import { formToken, type Session } from '../install/session.ts';

/** Tokens of a page's forms by their action (X4); make them before rendering. */
export type Tokens = ReadonlyMap<string, string>;

export async function tokensFor(session: Session, actions: readonly string[]): Promise<Tokens> {
  const tokens = await Promise.all(actions.map((action) => formToken(session, action)));
  return new Map(actions.map((action, index) => [action, tokens[index] ?? '']));
}

/** A form with its token; hidden fields by name. */
export function Form(props: {
  action: string;
  tokens: Tokens;
  hidden?: Readonly<Record<string, string>>;
  inline?: boolean;
  /** For buttons that stand elsewhere on the page. */
  id?: string;
  children?: Child;
}) {
  return (
    <form
      method="post"
      action={props.action}
      id={props.id}
      class={props.inline === true ? 'inline' : undefined}
    >
      <input type="hidden" name="token" value={props.tokens.get(props.action) ?? ''} />
      {Object.entries(props.hidden ?? {}).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {props.children}
    </form>
  );
}

/** What the last form did, from the address it led to. */
export function Told(props: { children?: Child; tone?: 'good' | 'bad' | 'warn' }) {
  const { tone = 'good' } = props;
  return (
    <p class={tone === 'warn' ? 'note' : `note ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {props.children}
    </p>
  );
}

/** A whole number of the address; 0 when it has none. */
export function numberOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
