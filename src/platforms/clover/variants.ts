/**
 * Variants (clover.md 4.3), in Clover's order: group, attributes, options, items with `itemGroupId`, then options linked to
 * items (`linkItems`). The server names the items. Nothing is unique and nothing has an idempotency key: look before a
 * repeat.
 */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { Page } from './inventory.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, id, maybe, nested, reference, textOrEmpty } from './wire.ts';

export interface ItemGroup {
  readonly itemGroupId: string;
  readonly name: string;
}

export interface Attribute {
  readonly attributeId: string;
  readonly name: string;
  readonly itemGroupId: string | null;
  /** The first 100; empty on what a write answers. */
  readonly options: readonly Option[];
}

export interface Option {
  readonly optionId: string;
  readonly name: string;
  readonly attributeId: string | null;
}

const wireGroup = v.object({ id, name: textOrEmpty });
const wireOption = v.object({ id, name: textOrEmpty, attribute: maybe(reference) });
const wireAttribute = v.object({
  id,
  name: textOrEmpty,
  itemGroup: maybe(reference),
  options: nested(wireOption),
});
type WireGroup = v.InferOutput<typeof wireGroup>;
type WireOption = v.InferOutput<typeof wireOption>;
type WireAttribute = v.InferOutput<typeof wireAttribute>;

const readGroup = (wire: WireGroup): ItemGroup => ({ itemGroupId: wire.id, name: wire.name });

const readOption = (wire: WireOption): Option => ({
  optionId: wire.id,
  name: wire.name,
  attributeId: wire.attribute?.id ?? null,
});

const readAttribute = (wire: WireAttribute): Attribute => ({
  attributeId: wire.id,
  name: wire.name,
  itemGroupId: wire.itemGroup?.id ?? null,
  options: (wire.options?.elements ?? []).map((option) => ({
    ...readOption(option),
    attributeId: wire.id,
  })),
});

// --- Reads ---------------------------------------------------------------------------------------------------------

type Query = Readonly<Record<string, string | number | boolean>>;

function listRequest<Wire>(
  operation: string,
  path: string,
  item: v.GenericSchema<unknown, Wire>,
  query: Query,
): PlatformRequest<{ elements: Wire[] }> {
  return {
    operation,
    method: 'GET',
    path,
    query: { limit: CLOVER_PAGE, ...query },
    accepts: elementsOf(item),
  };
}

async function pageOf<Wire, Row>(
  session: CloverSession,
  request: PlatformRequest<{ elements: Wire[] }>,
  offset: number,
  read: (wire: Wire) => Row,
): Promise<Result<Page<Row>, Failure>> {
  const answer = await session.call(request);
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({
    rows: elements.map(read),
    nextOffset: elements.length < CLOVER_PAGE ? null : offset + elements.length,
    readStartedAtMs: answer.value.startedAtMs,
  });
}

/** One page of living groups; start with offset 0. Which items are in a group stands on the items. */
export function getItemGroupPage(
  session: CloverSession,
  offset: number,
): Promise<Result<Page<ItemGroup>, Failure>> {
  const request = listRequest('item_groups.page', '/item_groups', wireGroup, { offset });
  return pageOf(session, request, offset, readGroup);
}

/** One page of all living attributes with their options. */
export function getAttributePage(
  session: CloverSession,
  offset: number,
): Promise<Result<Page<Attribute>, Failure>> {
  const query = { expand: 'options', offset };
  const request = listRequest('attributes.page', '/attributes', wireAttribute, query);
  return pageOf(session, request, offset, readAttribute);
}

/** Living groups with exactly this name, from the primary: what a create whose answer got lost may have left. */
export async function findItemGroups(
  session: CloverSession,
  name: string,
): Promise<Result<readonly ItemGroup[], Failure>> {
  const query = { filter: `name=${name}`, forceRealTime: true };
  const answer = await session.call(
    listRequest('item_groups.find', '/item_groups', wireGroup, query),
  );
  return answer.ok ? ok(answer.value.body.elements.map(readGroup)) : answer;
}

/** The attributes of one group with their options, from the primary. */
export async function getAttributesOf(
  session: CloverSession,
  itemGroupId: string,
): Promise<Result<readonly Attribute[], Failure>> {
  const filter = `itemGroup.id=${itemGroupId}`;
  const query = { filter, expand: 'options', forceRealTime: true };
  const answer = await session.call(
    listRequest('attributes.of_group', '/attributes', wireAttribute, query),
  );
  return answer.ok ? ok(answer.value.body.elements.map(readAttribute)) : answer;
}

// --- Writes --------------------------------------------------------------------------------------------------------

async function save<Wire, Row>(
  session: CloverSession,
  request: PlatformRequest<Wire>,
  read: (wire: Wire) => Row,
): Promise<Result<Row, Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(read(answer.value.body)) : answer;
}

function post<Wire>(
  operation: string,
  path: string,
  body: unknown,
  accepts: v.GenericSchema<unknown, Wire>,
): PlatformRequest<Wire> {
  return { operation, method: 'POST', path, body, accepts };
}

const groupPath = (itemGroupId: string): string =>
  `/item_groups/${encodeURIComponent(itemGroupId)}`;
const attributePath = (attributeId: string): string =>
  `/attributes/${encodeURIComponent(attributeId)}`;

/** A group without items; names have at most 255 characters. `rejected` where the merchant's plan has no groups. */
export function createItemGroup(
  session: CloverSession,
  name: string,
): Promise<Result<ItemGroup, Failure>> {
  const request = post('item_groups.create', '/item_groups', { name }, wireGroup);
  return save(session, request, readGroup);
}

/** Renames a group, and with it the server renames its items. */
export function renameItemGroup(
  session: CloverSession,
  itemGroupId: string,
  name: string,
): Promise<Result<ItemGroup, Failure>> {
  const request = post('item_groups.rename', groupPath(itemGroupId), { name }, wireGroup);
  return save(session, request, readGroup);
}

/** Deletes a group; delete its items first, because what happens to them is not documented. */
export function deleteItemGroup(
  session: CloverSession,
  itemGroupId: string,
): Promise<Result<null, Failure>> {
  const request: PlatformRequest<unknown> = {
    operation: 'item_groups.delete',
    method: 'DELETE',
    path: groupPath(itemGroupId),
    accepts: v.unknown(),
  };
  return save(session, request, () => null);
}

/** An attribute such as "Size", without options. */
export function createAttribute(
  session: CloverSession,
  itemGroupId: string,
  name: string,
): Promise<Result<Attribute, Failure>> {
  const body = { name, itemGroup: { id: itemGroupId } };
  return save(
    session,
    post('attributes.create', '/attributes', body, wireAttribute),
    readAttribute,
  );
}

/** An option such as "Large". */
export function createOption(
  session: CloverSession,
  attributeId: string,
  name: string,
): Promise<Result<Option, Failure>> {
  const path = `${attributePath(attributeId)}/options`;
  return save(session, post('options.create', path, { name }, wireOption), readOption);
}

/** Renames an option, and with it the server renames the items that carry it. */
export function renameOption(
  session: CloverSession,
  attributeId: string,
  optionId: string,
  name: string,
): Promise<Result<Option, Failure>> {
  const path = `${attributePath(attributeId)}/options/${encodeURIComponent(optionId)}`;
  return save(session, post('options.rename', path, { name }, wireOption), readOption);
}
