import { expect } from 'vitest';
import { createOpenApi } from '../../../src/lib/hub/documents/openapi.ts';
import type { Answer } from '../core/hub-client.ts';
import { type Described, type Json, nameOf, SchemaChecker } from './schema-checker.ts';

interface Content {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, Json>>;
}

export interface Response {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, Content>>;
  readonly 'x-error-codes'?: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Json;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Json; readonly example: unknown }>>;
  };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface OpenApi extends Described {
  readonly openapi: string;
  readonly info: Json;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Described['components'] & {
    readonly responses: Readonly<Record<string, Response>>;
    readonly examples: Readonly<Record<string, { readonly value: Json }>>;
  };
}

/** What a test hub describes its REST API with. */
export const API = createOpenApi('1.2.3') as unknown as OpenApi;
const CHECKER = new SchemaChecker(API);

/** What is wrong with a value that should be as a schema of the API says. */
export function checkValue(schema: string, value: unknown): readonly object[] {
  return CHECKER.check(schema, value);
}

/** A response, also when it is described elsewhere in the document. */
export function resolveResponse(response: Response): Response {
  return response.$ref === undefined ? response : (API.components.responses[nameOf(response)] as Response);
}

export function listOperations(): { readonly name: string; readonly operation: Operation }[] {
  return Object.entries(API.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
}

export function findOperation(method: string, path: string): Operation | undefined {
  const bare = path.split('?', 1)[0] as string;
  const found = Object.entries(API.paths).find(([template]) =>
    new RegExp(`^${template.replace(/\./g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  return found?.[1][method.toLowerCase()];
}

/** Checks that the API describes this answer: its status, its schema and, of an error, its code. */
export function checkAnswer({ method, path, status, headers, text }: Answer): void {
  const where = `${method} ${path.slice(0, 100)} ${status}: ${text.slice(0, 300)}`;
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0] as string;
  const operation = findOperation(method, path);
  if (operation === undefined) {
    // Not a request of this API: an error all the same.
    expect(status, where).toBeGreaterThanOrEqual(400);
    expect(mediaType, where).toBe('application/json');
    expect(checkValue('ErrorAnswer', JSON.parse(text)), where).toEqual([]);
    return;
  }
  const described = operation.responses[status];
  if (described === undefined) throw new Error(`${where}: the status is not described`);
  const { content, 'x-error-codes': codes } = resolveResponse(described);
  const schema = content?.[mediaType]?.schema;
  if (schema === undefined) throw new Error(`${where}: ${mediaType} is not described`);
  if ('$ref' in schema) expect(checkValue(nameOf(schema), JSON.parse(text)), where).toEqual([]);
  if (codes) expect(codes, where).toContain((JSON.parse(text) as { code: string }).code);
}
