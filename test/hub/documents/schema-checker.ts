import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** A part of a document. */
export type Json = Readonly<Record<string, unknown>>;

/** A document with named schemas: OpenAPI or AsyncAPI. */
export interface Described {
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** Checks values by the named schemas of a document, more strictly than these: an object has no key that is not described. */
export class SchemaChecker {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor({ components: { schemas } }: Described) {
    formats.default(this.#ajv);
    this.#ajv.addSchema({ components: { schemas: closeObjects(schemas) } }, 'document');
  }

  /** What is wrong with a value; empty when nothing is. */
  check(name: string, value: unknown): readonly ErrorObject[] {
    let validate = this.#compiled.get(name);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `document#/components/schemas/${name}` });
      this.#compiled.set(name, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []);
  }
}

function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeObjects);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closeObjects(value)]));
  const isObject = closed['type'] === 'object' && 'properties' in closed && !('additionalProperties' in closed);
  return isObject ? { ...closed, additionalProperties: false } : closed;
}

/** The name that `{"$ref":"#/.../NAME"}` refers to. */
export function nameOf(reference: unknown): string {
  return (reference as { $ref: string }).$ref.split('/').at(-1) as string;
}

/** A file of the package. */
export async function readJson(file: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')) as Json;
}
