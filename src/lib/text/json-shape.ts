import { isJsonObject } from './json-object.ts';

/*
 * Checks of JSON that another process of this program sends. They say the same as schemas of zod, whose loading takes longer than all
 * else that a hub does at its start. zod is right where a caller is to learn what is wrong with a value, or needs a
 * JSON Schema.
 */

/** Reads a value of JSON: what is returned has only what is named. Throws `WrongShape`. */
export type Shape<T> = (value: unknown) => T;
/** A key that may be missing. */
export interface OptionalShape<T> extends Shape<T | undefined> {
  readonly isOptional: true;
}

/** It does not say what is wrong: the value may be a secret. */
export class WrongShape extends Error {
  override readonly name = 'WrongShape';
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type OptionalKey<F> = { [K in keyof F]: F[K] extends OptionalShape<unknown> ? K : never }[keyof F];
/** The type that a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;
type ReadFields<F> = { readonly [K in Exclude<keyof F, OptionalKey<F>>]: Read<F[K]> } & {
  readonly [K in OptionalKey<F>]?: Read<F[K]>;
};

export const text: Shape<string> = (value) => (typeof value === 'string' ? value : refuse());
export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? value : refuse());
export const number: Shape<number> = (value) => (Number.isFinite(value) ? (value as number) : refuse());
export const integer: Shape<number> = (value) => (Number.isSafeInteger(value) ? (value as number) : refuse());

export function exactly<const T>(wanted: T): Shape<T> {
  return (value) => (value === wanted ? wanted : refuse());
}

export function oneOf<T extends string>(values: readonly T[]): Shape<T> {
  return (value) => values.find((one) => one === value) ?? refuse();
}

/** What a shape reads and a test accepts. */
export function where<T>(shape: Shape<T>, holds: (value: T) => boolean): Shape<T> {
  return (value) => {
    const read = shape(value);
    return holds(read) ? read : refuse();
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value));
}

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return Object.assign((value: unknown) => (value === undefined ? undefined : shape(value)), {
    isOptional: true,
  } as const);
}

export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value) => (Array.isArray(value) ? value.map(shape) : refuse());
}

export function pairOf<A, B>(first: Shape<A>, second: Shape<B>): Shape<[A, B]> {
  return (value) => (Array.isArray(value) && value.length === 2 ? [first(value[0]), second(value[1])] : refuse());
}

/** An object with texts as keys and equal values. */
export function recordOf<T>(shape: Shape<T>): Shape<Record<string, T>> {
  return (value) =>
    isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)])) : refuse();
}

/** An object. Keys that are not named are left out. */
export function objectOf<F extends Fields>(fields: F): Shape<ReadFields<F>> {
  const entries = Object.entries(fields);
  return (value) => {
    if (!isJsonObject(value)) return refuse();
    const read: Record<string, unknown> = {};
    for (const [key, shape] of entries) {
      const field = shape(Object.hasOwn(value, key) ? value[key] : undefined);
      if (field !== undefined) read[key] = field;
    }
    return read as ReadFields<F>;
  };
}

/** An object with no other keys. */
export function strictObjectOf<F extends Fields>(fields: F): Shape<ReadFields<F>> {
  const shape = objectOf(fields);
  return (value) => {
    const read = shape(value);
    return Object.keys(value as object).every((key) => Object.hasOwn(fields, key)) ? read : refuse();
  };
}

/** One of several objects, by the value of a key that all have. */
export function variantsOf<K extends string, V extends Readonly<Record<string, Shape<unknown>>>>(
  key: K,
  variants: V,
): Shape<Read<V[keyof V]>> {
  return (value) => {
    const name = isJsonObject(value) ? value[key] : undefined;
    const shape = typeof name === 'string' && Object.hasOwn(variants, name) ? variants[name] : undefined;
    return shape ? (shape(value) as Read<V[keyof V]>) : refuse();
  };
}

/** What a shape reads; undefined for any other value. */
export function readShape<T>(shape: Shape<T>, value: unknown): T | undefined {
  try {
    return shape(value);
  } catch (error) {
    if (error instanceof WrongShape) return undefined;
    throw error;
  }
}

function refuse(): never {
  throw new WrongShape();
}
