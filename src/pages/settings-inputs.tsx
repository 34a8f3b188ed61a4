/** Inputs of the settings' fields, each with its label, what it does, its default and what is wrong with it. */
import type { KnownPlaces, NamedId } from '../sync/known-places.ts';
import type { SettingsProblem } from '../settings.ts';
import { CHOICES, LABELS, SETTINGS, STATUSES } from './settings-english.ts';
import { type Field, isObject, rowField, writeRecord } from './settings-fields.ts';

export interface Inputs {
  readonly problems: readonly SettingsProblem[];
  /** What ids stand for, where the platforms told; otherwise ids are typed. */
  readonly places?: KnownPlaces | undefined;
}

/** Which list an id of a pool is chosen from. */
const PICKED = {
  locationId: 'locations',
  merchantIds: 'merchants',
  deviceIds: 'devices',
} as const satisfies Record<string, keyof KnownPlaces>;

/** What a field is chosen from; ids that are saved and not known any more stay to choose. */
function picksOf({ key, path }: Field, value: unknown, places?: KnownPlaces): readonly NamedId[] {
  const list = Object.entries(PICKED).find(([name]) => name === key)?.[1];
  if (list === undefined || places === undefined || !path.startsWith('stock.pools.')) return [];
  const known = places[list];
  if (known.length === 0) return [];
  const saved = (Array.isArray(value) ? value : [value ?? []]).flat().map(String);
  const lost = saved.filter((id) => !known.some((each) => each.id === id));
  return [...known, ...lost.map((id) => ({ id, name: SETTINGS.unknownId }))];
}

export function labelOf(path: string): string {
  const key = path.split('.').at(-1) ?? path;
  return LABELS[path] ?? LABELS[key] ?? key;
}

/** A value of a setting in words. */
export function sayValue(path: string, value: unknown): string {
  if (value === undefined || value === null) return SETTINGS.none;
  if (typeof value === 'boolean') return value ? SETTINGS.on : SETTINGS.off;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    return value === '' ? SETTINGS.empty : (CHOICES[value] ?? value);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return SETTINGS.none;
    const isStatus = path.toLowerCase().endsWith('statusids');
    return value
      .map((each: unknown) =>
        isStatus && typeof each === 'number'
          ? (STATUSES[each] ?? String(each))
          : sayOne(path, each),
      )
      .join(', ');
  }
  const lines = writeRecord(value);
  return lines === '' ? SETTINGS.none : lines.replaceAll('\n', '; ');
}

function sayOne(path: string, value: unknown): string {
  if (!isObject(value)) return sayValue(path, value);
  return `(${Object.entries(value)
    .map(([key, each]) => `${labelOf(key)}: ${sayValue(key, each)}`)
    .join(', ')})`;
}

/** One field, or a group of them. */
export function FieldInput(props: {
  field: Field;
  value: unknown;
  fallback: unknown;
  inputs: Inputs;
}) {
  const { field, value, fallback, inputs } = props;
  if (field.kind === 'group') {
    return (
      <fieldset>
        <legend>{labelOf(field.path)}</legend>
        {field.description === '' ? null : <p class="soft small">{field.description}</p>}
        {field.fields.map((each) => (
          <FieldInput
            field={each}
            value={memberOf(value, each.key)}
            fallback={memberOf(fallback, each.key)}
            inputs={inputs}
          />
        ))}
      </fieldset>
    );
  }
  if (field.kind === 'rows') return <Rows field={field} value={value} inputs={inputs} />;
  const wrong = problemsOf(field.path, inputs.problems);
  const about = { field, fallback, wrong };
  const picks = picksOf(field, value, inputs.places);
  if (field.kind === 'lines' && picks.length > 0) {
    return (
      <fieldset class={wrong.length > 0 ? 'field wrong' : 'field'}>
        <legend>{labelOf(field.path)}</legend>
        <Hint {...about} isPicked />
        <Picks field={field} value={value} picks={picks} />
      </fieldset>
    );
  }
  if (field.kind === 'choices' || field.kind === 'statuses') {
    return (
      <fieldset class={wrong.length > 0 ? 'field wrong' : 'field'}>
        <legend>{labelOf(field.path)}</legend>
        <Hint {...about} />
        <Checks field={field} value={value} />
      </fieldset>
    );
  }
  return (
    <div class={wrong.length > 0 ? 'field wrong' : 'field'}>
      {field.kind === 'flag' ? (
        <label class="check">
          <input
            type="checkbox"
            id={field.path}
            name={field.path}
            checked={value === true}
            aria-describedby={`${field.path}-hint`}
          />
          <strong>{labelOf(field.path)}</strong>
        </label>
      ) : (
        <label for={field.path}>{labelOf(field.path)}</label>
      )}
      <Hint {...about} />
      {field.kind === 'flag' ? null : (
        <Input field={field} value={value} isWrong={wrong.length > 0} picks={picks} />
      )}
    </div>
  );
}

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function problemsOf(path: string, problems: readonly SettingsProblem[]): string[] {
  return problems
    .filter((problem) => problem.path === path || problem.path.startsWith(`${path}.`))
    .map((problem) => {
      const rest = problem.path.slice(path.length + 1);
      return rest === '' || /^\d+$/.test(rest) ? problem.message : `${rest}: ${problem.message}`;
    });
}

/** A box per choice, whose value is the id. */
function Picks(props: { field: Field; value: unknown; picks: readonly NamedId[] }) {
  const { field, value, picks } = props;
  const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
  return (
    <>
      {picks.map(({ id, name }) => (
        <label class="check">
          <input type="checkbox" name={field.path} value={id} checked={chosen.has(id)} />
          <span>
            {name} <span class="soft small">{id}</span>
          </span>
        </label>
      ))}
    </>
  );
}

function Hint(props: {
  field: Field;
  fallback: unknown;
  wrong: readonly string[];
  isPicked?: boolean;
}) {
  const { field, fallback, wrong, isPicked = false } = props;
  const form = {
    lines: SETTINGS.perLine,
    record:
      field.kind === 'record' && field.of === 'parts'
        ? SETTINGS.partsPerLine
        : SETTINGS.pairPerLine,
  };
  const isTyped = (field.kind === 'lines' || field.kind === 'record') && !isPicked;
  const how = isTyped ? form[field.kind] : '';
  return (
    <>
      <p class="soft small" id={`${field.path}-hint`}>
        {field.description} {how}{' '}
        {fallback === undefined ? '' : SETTINGS.fallback(sayValue(field.path, fallback))}
      </p>
      {wrong.map((message) => (
        <p class="error small">{message}</p>
      ))}
    </>
  );
}

function Checks(props: {
  field: Extract<Field, { kind: 'choices' | 'statuses' }>;
  value: unknown;
}) {
  const { field, value } = props;
  const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
  const options =
    field.kind === 'statuses'
      ? STATUSES.map((text, id) => ({ value: String(id), text }))
      : field.options.map((option) => ({ value: option, text: CHOICES[option] ?? option }));
  return (
    <>
      {options.map((option) => (
        <label class="check">
          <input
            type="checkbox"
            name={field.path}
            value={option.value}
            checked={chosen.has(option.value)}
          />
          {option.text}
        </label>
      ))}
    </>
  );
}

function Input(props: {
  field: Field;
  value: unknown;
  isWrong: boolean;
  picks: readonly NamedId[];
}) {
  const { field, value, isWrong, picks } = props;
  const common = {
    id: field.path,
    name: field.path,
    'aria-describedby': `${field.path}-hint`,
    'aria-invalid': isWrong ? ('true' as const) : undefined,
  };
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (field.kind === 'number' && picks.length > 0) {
    return (
      <select {...common}>
        <option value="">{SETTINGS.noneYet}</option>
        {picks.map(({ id, name }) => (
          <option value={id} selected={id === text}>
            {name} ({id})
          </option>
        ))}
      </select>
    );
  }
  switch (field.kind) {
    case 'choice':
      return (
        <select {...common}>
          {field.options.map((option) => (
            <option value={option} selected={option === value}>
              {CHOICES[option] ?? option}
            </option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          value={text}
          min={field.min}
          max={field.max === undefined || field.max > 1e9 ? undefined : field.max}
          step={field.whole ? 1 : 'any'}
        />
      );
    case 'lines':
      return <textarea {...common}>{Array.isArray(value) ? value.join('\n') : ''}</textarea>;
    case 'record':
      return <textarea {...common}>{writeRecord(value)}</textarea>;
    default:
      return <input {...common} type="text" value={text} />;
  }
}

/** The rows there are, and a blank one: works without script, one more per save. */
function Rows(props: { field: Extract<Field, { kind: 'rows' }>; value: unknown; inputs: Inputs }) {
  const { field, value, inputs } = props;
  const rows: unknown[] = Array.isArray(value) ? value : [];
  const own = inputs.problems.filter(({ path }) => path === field.path);
  return (
    <fieldset>
      <legend>{labelOf(field.path)}</legend>
      <p class="soft small">{field.description}</p>
      {own.map(({ message }) => (
        <p class="error small">{message}</p>
      ))}
      {[...rows, undefined].map((row, index) => {
        const made = rowField(`${field.path}.${index}`, field.row);
        const fields = made.kind === 'group' ? made.fields : [];
        return (
          <fieldset>
            <legend>{row === undefined ? SETTINGS.newRow : SETTINGS.row(index + 1)}</legend>
            <input type="hidden" name={`${field.path}.${index}.row`} value="1" />
            {fields.map((each) => (
              <FieldInput
                field={each}
                value={memberOf(row, each.key)}
                fallback={undefined}
                inputs={inputs}
              />
            ))}
          </fieldset>
        );
      })}
    </fieldset>
  );
}
