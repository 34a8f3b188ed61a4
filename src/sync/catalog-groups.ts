/**
 * Item groups for products with options, in the order that Clover asks for: group, attributes, options, and only then the
 * items (clover.md 4.3). Each step is looked up first when the piece may have made it before.
 */
import { plainText } from '../domain/catalog/fields.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { CLOVER_TOKEN_CONCURRENT_MAX } from '../limits.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import {
  createAttribute,
  createItemGroup,
  createOption,
  findItemGroups,
  getAttributesOf,
  type Attribute,
} from '../platforms/clover/variants.ts';
import type { CreateOperation } from './catalog-create.ts';
import { inGroups } from './in-groups.ts';

export interface OpenGroup {
  readonly itemGroupId: string;
  /** By attribute name and option name, a line break between. */
  readonly optionIds: ReadonlyMap<string, string>;
}

/** clover.md 4.3. */
const GROUP_NAME_CHARS_MAX = 255;

/**
 * The groups of these operations by product id. A merchant whose plan has no groups gets plain items instead: a group
 * that is refused for good is left out. Failures: those that may pass.
 */
export async function openGroups(
  session: CloverSession,
  operations: readonly CreateOperation[],
  isRepeat: boolean,
): Promise<Result<Map<number, OpenGroup>, Failure>> {
  const groups = new Map<number, OpenGroup>();
  const products = Map.groupBy(
    operations.filter(({ payload }) => payload.group !== null),
    ({ payload }) => payload.productId,
  );
  const opened = await inGroups([...products], CLOVER_TOKEN_CONCURRENT_MAX, async ([id, own]) => ({
    id,
    group: await openGroup(session, own, isRepeat),
  }));
  for (const { id, group } of opened) {
    if (group.ok) groups.set(id, group.value);
    else if (isRetryable(group.failure)) return group;
  }
  return ok(groups);
}

async function openGroup(
  session: CloverSession,
  operations: readonly CreateOperation[],
  isRepeat: boolean,
): Promise<Result<OpenGroup, Failure>> {
  const options = operations.flatMap(({ payload }) => payload.group?.options ?? []);
  const name = plainText(operations[0]?.payload.group?.name ?? '', GROUP_NAME_CHARS_MAX);
  const isBegun = isRepeat || !operations.some(({ payload }) => payload.group?.isFirst === true);
  const group = await findOrCreateGroup(session, name, isBegun);
  if (!group.ok) return group;
  const known = group.value.isNew ? ok([]) : await getAttributesOf(session, group.value.id);
  if (!known.ok) return known;
  const optionIds = new Map<string, string>();
  for (const [attributeName, own] of Map.groupBy(options, (option) => option.name)) {
    const attribute = await findOrCreateAttribute(
      session,
      group.value.id,
      attributeName,
      known.value,
    );
    if (!attribute.ok) return attribute;
    const { attributeId, options: there } = attribute.value;
    const labels = new Map(there.map((option) => [option.name, option.optionId]));
    for (const { label } of own) {
      const key = `${attributeName}\n${label}`;
      if (optionIds.has(key)) continue;
      const optionId = labels.get(label);
      const made = optionId === undefined ? await createOption(session, attributeId, label) : null;
      if (made !== null && !made.ok) return made;
      optionIds.set(key, optionId ?? (made?.ok === true ? made.value.optionId : ''));
    }
  }
  return ok({ itemGroupId: group.value.id, optionIds });
}

async function findOrCreateGroup(
  session: CloverSession,
  name: string,
  isBegun: boolean,
): Promise<Result<{ id: string; isNew: boolean }, Failure>> {
  if (isBegun) {
    const found = await findItemGroups(session, name);
    if (!found.ok) return found;
    const [first] = found.value;
    if (first !== undefined) return ok({ id: first.itemGroupId, isNew: false });
  }
  const made = await createItemGroup(session, name);
  return made.ok ? ok({ id: made.value.itemGroupId, isNew: true }) : made;
}

async function findOrCreateAttribute(
  session: CloverSession,
  itemGroupId: string,
  name: string,
  known: readonly Attribute[],
): Promise<Result<Attribute, Failure>> {
  const found = known.find((attribute) => attribute.name === name);
  return found === undefined ? createAttribute(session, itemGroupId, name) : ok(found);
}
