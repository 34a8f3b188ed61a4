/** Modifier groups with their modifiers (clover.md 4.5); which items offer them: `linkItems`. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { Page } from './inventory.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, id, maybe, nested, textOrEmpty } from './wire.ts';

export interface ModifierGroup {
  readonly modifierGroupId: string;
  readonly name: string;
  /** How many must and how many can be chosen; null when Clover tells none. */
  readonly minRequired: number | null;
  readonly maxAllowed: number | null;
  /** The first 100; empty on what a write answers. */
  readonly modifiers: readonly Modifier[];
}

export interface Modifier {
  readonly modifierId: string;
  readonly name: string;
  /** Minor units, on top of the item's. */
  readonly price: number;
  readonly isAvailable: boolean;
}

const wireModifier = v.object({
  id,
  name: textOrEmpty,
  price: maybe(v.number()),
  available: maybe(v.boolean()),
});
type WireModifier = v.InferOutput<typeof wireModifier>;

const wireGroup = v.object({
  id,
  name: textOrEmpty,
  minRequired: maybe(v.number()),
  maxAllowed: maybe(v.number()),
  modifiers: nested(wireModifier),
});
type WireGroup = v.InferOutput<typeof wireGroup>;
const GROUP_LIST = elementsOf(wireGroup);

const readModifier = (wire: WireModifier): Modifier => ({
  modifierId: wire.id,
  name: wire.name,
  price: wire.price ?? 0,
  isAvailable: wire.available ?? true,
});

const readGroup = (wire: WireGroup): ModifierGroup => ({
  modifierGroupId: wire.id,
  name: wire.name,
  minRequired: wire.minRequired,
  maxAllowed: wire.maxAllowed,
  modifiers: (wire.modifiers?.elements ?? []).map(readModifier),
});

function pageRequest(offset: number): PlatformRequest<v.InferOutput<typeof GROUP_LIST>> {
  return {
    operation: 'modifier_groups.page',
    method: 'GET',
    path: '/modifier_groups',
    query: { expand: 'modifiers', limit: CLOVER_PAGE, offset, forceRealTime: true },
    accepts: GROUP_LIST,
  };
}

/** One page of living groups with their modifiers, from the primary; start with offset 0. */
export async function getModifierGroupPage(
  session: CloverSession,
  offset: number,
): Promise<Result<Page<ModifierGroup>, Failure>> {
  const answer = await session.call(pageRequest(offset));
  if (!answer.ok) return answer;
  const { elements } = answer.value.body;
  return ok({
    rows: elements.map(readGroup),
    nextOffset: elements.length < CLOVER_PAGE ? null : offset + elements.length,
    readStartedAtMs: answer.value.startedAtMs,
  });
}

export interface ModifierGroupFields {
  /** At most 255 characters. */
  readonly name?: string;
  readonly minRequired?: number;
  readonly maxAllowed?: number;
}

export interface ModifierFields {
  /** At most 255 characters. */
  readonly name?: string;
  /** Minor units, zero or more. */
  readonly price?: number;
  readonly isAvailable?: boolean;
}

const GROUPS = '/modifier_groups';
const groupPath = (modifierGroupId: string): string =>
  `${GROUPS}/${encodeURIComponent(modifierGroupId)}`;
const modifierPath = (modifierGroupId: string, modifierId: string): string =>
  `${groupPath(modifierGroupId)}/modifiers/${encodeURIComponent(modifierId)}`;

const modifierBody = ({ isAvailable, ...fields }: ModifierFields) => ({
  ...fields,
  ...(isAvailable === undefined ? {} : { available: isAvailable }),
});

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

function deletion(operation: string, path: string): PlatformRequest<unknown> {
  return { operation, method: 'DELETE', path, accepts: v.unknown() };
}

/** A group without modifiers; look first, names are not unique. `rejected` where the merchant's plan has none. */
export function createModifierGroup(
  session: CloverSession,
  fields: ModifierGroupFields & { readonly name: string },
): Promise<Result<ModifierGroup, Failure>> {
  return save(session, post('modifier_groups.create', GROUPS, fields, wireGroup), readGroup);
}

/** Changes what is named and nothing else. */
export function updateModifierGroup(
  session: CloverSession,
  modifierGroupId: string,
  fields: ModifierGroupFields,
): Promise<Result<ModifierGroup, Failure>> {
  const path = groupPath(modifierGroupId);
  return save(session, post('modifier_groups.update', path, fields, wireGroup), readGroup);
}

/** Deletes a group and its modifiers; `not_found` when it is gone already. */
export function deleteModifierGroup(
  session: CloverSession,
  modifierGroupId: string,
): Promise<Result<null, Failure>> {
  const request = deletion('modifier_groups.delete', groupPath(modifierGroupId));
  return save(session, request, () => null);
}

/** A modifier of a group; it can never change the group. */
export function createModifier(
  session: CloverSession,
  modifierGroupId: string,
  fields: ModifierFields & { readonly name: string; readonly price: number },
): Promise<Result<Modifier, Failure>> {
  const path = `${groupPath(modifierGroupId)}/modifiers`;
  const request = post('modifiers.create', path, modifierBody(fields), wireModifier);
  return save(session, request, readModifier);
}

/** Changes what is named and nothing else. */
export function updateModifier(
  session: CloverSession,
  modifierGroupId: string,
  modifierId: string,
  fields: ModifierFields,
): Promise<Result<Modifier, Failure>> {
  const path = modifierPath(modifierGroupId, modifierId);
  const request = post('modifiers.update', path, modifierBody(fields), wireModifier);
  return save(session, request, readModifier);
}

/** Deletes a modifier; `not_found` when it is gone already. */
export function deleteModifier(
  session: CloverSession,
  modifierGroupId: string,
  modifierId: string,
): Promise<Result<null, Failure>> {
  const request = deletion('modifiers.delete', modifierPath(modifierGroupId, modifierId));
  return save(session, request, () => null);
}
