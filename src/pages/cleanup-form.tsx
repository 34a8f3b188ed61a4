/** The form that makes a clean-up, and what it posts. */
import {
  CLEANUP_RULES,
  DEFAULT_PATTERN,
  patternProblem,
  SKU_CHARS_MAX,
  type CleanupRequest,
} from '../domain/catalog/cleanup-request.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { startPlan } from '../sync/link.ts';
import { CLEANUP } from './catalog-english.ts';
import { goTo } from './enter.tsx';
import { Form, type Tokens } from './form.tsx';
import { failurePage, type OwnForm } from './gate.ts';

export const CLEANUP_FORM = '/app/catalog/cleanup';

/** What was wrong with a posted form, and what stood in it. */
export interface CleanupProblem {
  readonly message: string;
  readonly fields: URLSearchParams;
}

export function CleanupCard(props: {
  tokens: Tokens;
  isBusy: boolean;
  problem: CleanupProblem | null;
}) {
  const { tokens, isBusy, problem } = props;
  const fields = problem?.fields ?? new URLSearchParams();
  const chosen = new Set(fields.getAll('rules'));
  return (
    <section class="card" id="cleanup">
      <h2>{CLEANUP.title}</h2>
      <p class="soft">{CLEANUP.intro}</p>
      {problem === null ? null : (
        <p class="note bad" role="alert">
          {problem.message}
        </p>
      )}
      {isBusy ? (
        <p class="soft">{CLEANUP.busy}</p>
      ) : (
        <Form action={CLEANUP_FORM} tokens={tokens}>
          <fieldset class="field">
            <legend>{CLEANUP.what}</legend>
            {CLEANUP_RULES.map((rule) => (
              <label class="check">
                <input type="checkbox" name="rules" value={rule} checked={chosen.has(rule)} />
                <span>{CLEANUP.rules[rule]}</span>
              </label>
            ))}
          </fieldset>
          <Choice name="side" label={CLEANUP.side} options={CLEANUP.sides} fields={fields} />
          <div class="field">
            <label for="pattern">{CLEANUP.pattern}</label>
            <p class="soft small" id="pattern-hint">
              {CLEANUP.patternHint}
            </p>
            <input
              type="text"
              id="pattern"
              name="pattern"
              maxlength={SKU_CHARS_MAX}
              aria-describedby="pattern-hint"
              value={fields.get('pattern') ?? DEFAULT_PATTERN}
            />
          </div>
          <Choice
            name="letterCase"
            label={CLEANUP.letterCase}
            options={CLEANUP.cases}
            fields={fields}
          />
          <Choice
            name="believe"
            label={CLEANUP.believe}
            options={CLEANUP.believes}
            fields={fields}
          />
          <button type="submit">{CLEANUP.make}</button>
        </Form>
      )}
    </section>
  );
}

function Choice(props: {
  name: string;
  label: string;
  options: Readonly<Record<string, string>>;
  fields: URLSearchParams;
}) {
  const { name, label, options, fields } = props;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        {Object.entries(options).map(([value, text]) => (
          <option value={value} selected={fields.get(name) === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** `POST /app/catalog/cleanup`. `refuse` shows the form again with what is wrong. */
export async function cleanupForm(
  ports: Ports,
  form: OwnForm,
  refuse: (problem: CleanupProblem) => Promise<Response>,
): Promise<Response> {
  const read = readRequest(form.fields);
  if (!read.ok) return refuse({ message: read.failure, fields: form.fields });
  const started = await startPlan(ports, form.connection.id, 'cleanup', read.value);
  return started.ok ? goTo(`/app/plans/${started.value.id}`) : failurePage(ports, started.failure);
}

/** What is not named takes its default: a finding's own button posts one rule and nothing else. */
function readRequest(fields: URLSearchParams): Result<CleanupRequest, string> {
  const chosen = new Set(fields.getAll('rules'));
  const rules = CLEANUP_RULES.filter((rule) => chosen.has(rule));
  if (rules.length === 0) return fail(CLEANUP.none);
  const pattern = fields.get('pattern') ?? DEFAULT_PATTERN;
  const wrong = patternProblem(pattern);
  if (wrong !== null && rules.includes('generate_skus')) return fail(wrong);
  const side = fields.get('side');
  return ok({
    rules,
    side: side === 'bigcommerce' || side === 'clover' ? side : 'both',
    pattern: wrong === null ? pattern : DEFAULT_PATTERN,
    letterCase: fields.get('letterCase') === 'lower' ? 'lower' : 'upper',
    believe: fields.get('believe') === 'clover' ? 'clover' : 'bigcommerce',
  });
}
