import type { z } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { PARTS } from '../protocol/answers.ts';
import { COOKIE, type OperationId, ROUTES, type RouteShape } from '../protocol/requests.ts';
import { createSchemas, type Json } from './components.ts';
import { COMMON_ERRORS, ERROR_EXAMPLES, meaningOf } from './errors.ts';
import { OPERATIONS, type Operation, TAGS } from './operations.ts';

const DESCRIPTION = `The REST API of a tickpipe hub: one connection to FYERS, shared by commands, REST callers and WebSocket clients.

Every error has the schema \`ErrorAnswer\`. A path that does not exist is answered with 404 \`NOT_FOUND\`, a method that a path does not take
with 405 \`METHOD_NOT_ALLOWED\` and the header \`Allow\`. The messages of the WebSocket are in the AsyncAPI document at \`/api/asyncapi.json\`.`;

const PARAMETER_EXAMPLES: Readonly<Record<string, unknown>> = {
  symbols: ['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'],
  symbol: 'NSE:SBIN-EQ',
  data_type: 'SymbolUpdate',
  id: 's2',
};

const CHALLENGE = { 'WWW-Authenticate': '`Bearer`, where the hub wants its token.' };

/** The REST API as OpenAPI 3.1, made from the schemas with which the hub checks requests and from those of its answers. */
export function createOpenApi(version: string): Json {
  const schemas = createSchemas({ ...PARTS, ...collectAnswers() });
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of Object.entries(OPERATIONS) as [OperationId, Operation][]) {
    const route: RouteShape = ROUTES[id];
    const template = route.path.replace(/:(\w+)/g, '{$1}');
    paths[template] = { ...paths[template], [route.method.toLowerCase()]: describeOperation(id, route, operation) };
    if (operation.body && route.body) schemas[operation.body.name] = requestSchema(route.body);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'tickpipe hub',
      version,
      summary: 'Ticks of FYERS: subscriptions, last values and the state of the hub.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: 'http://{host}:{port}',
        description: 'A hub that `tickpipe serve` runs.',
        variables: { host: { default: '127.0.0.1' }, port: { default: '8001' } },
      },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{}, { bearerToken: [] }, { pageCookie: [] }],
    paths,
    components: {
      schemas: { ...schemas, Row: { ...schemas['Row'], discriminator: { propertyName: 'type' } } },
      responses: describeSingleErrors(),
      examples: Object.fromEntries(
        Object.entries(ERROR_EXAMPLES).map(([code, { message, symbols = [] }]) => [
          code,
          { summary: meaningOf(code as ErrorCode), value: { status: 'error', code, message, symbols } },
        ]),
      ),
      securitySchemes: {
        bearerToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token in the file of `--hub-token-file`. A hub at a loopback address may have none.',
        },
        pageCookie: { type: 'apiKey', in: 'cookie', name: COOKIE, description: 'What `logIn` sets for the live page.' },
      },
    },
  };
}

function collectAnswers(): Record<string, z.ZodType> {
  const answers = Object.values(OPERATIONS).flatMap(({ success }) => Object.values(success));
  return Object.fromEntries(answers.flatMap(({ name, schema }) => (name && schema ? [[name, schema]] : [])));
}

function describeOperation(id: OperationId, { params, query, body }: RouteShape, operation: Operation): Json {
  const { tag, summary, description, isOpen } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...((params || query) && {
      parameters: [...describeParameters('path', params), ...describeParameters('query', query)],
    }),
    ...(body &&
      operation.body && {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: refTo('schemas', operation.body.name), example: operation.body.example },
          },
        },
      }),
    ...(isOpen && { security: [{}] }),
    responses: { ...describeSuccess(operation), ...describeErrors(operation) },
  };
}

function describeParameters(place: 'path' | 'query', shape: z.ZodObject | undefined): Json[] {
  if (shape === undefined) return [];
  const { properties = {} } = requestSchema(shape) as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: true,
    description,
    schema,
    example: PARAMETER_EXAMPLES[name],
  }));
}

/** A request's schema, in which what has a name in the document is referred to by it. */
function requestSchema(schema: z.ZodType): Json {
  return createSchemas({ RowType: PARTS.RowType, request: schema })['request'] as Json;
}

function describeSuccess({ success }: Operation): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(success).map(
      ([status, { description, name, mediaType = 'application/json', headers, examples }]) => [
        status,
        {
          description,
          ...(headers && { headers: describeHeaders(headers) }),
          ...(status !== '101' && {
            content: {
              [mediaType]: {
                schema: name
                  ? refTo('schemas', name)
                  : { type: mediaType === 'application/json' ? 'object' : 'string' },
                ...(examples && { examples: mapValues(examples, (value) => ({ value })) }),
              },
            },
          }),
        },
      ],
    ),
  );
}

/** The codes of the errors that an operation may be answered with, by their status. Where a success has a status it is none of an error. */
function groupErrors({ errors = [], badInput = [], isOpen, success }: Operation): [status: string, ErrorCode[]][] {
  const statuses = new Map<ErrorCode, number>();
  for (const code of [...COMMON_ERRORS, ...errors]) statuses.set(code, CATALOGUE[code].http);
  if (!isOpen) statuses.set('HUB_TOKEN_REFUSED', CATALOGUE.HUB_TOKEN_REFUSED.http);
  for (const code of badInput) statuses.set(code, CATALOGUE.BAD_REQUEST.http);
  const codesWith = (status: number): ErrorCode[] =>
    [...statuses.keys()].filter((code) => statuses.get(code) === status);
  return [...new Set(statuses.values())]
    .filter((status) => success[status] === undefined)
    .map((status) => [String(status), codesWith(status).sort()]);
}

function describeErrors(operation: Operation): Json {
  return Object.fromEntries(
    groupErrors(operation).map(([status, codes]) => [
      status,
      codes.length === 1 ? refTo('responses', codes[0] as string) : describeError(codes),
    ]),
  );
}

/** Answers with one code are alike wherever they occur. */
function describeSingleErrors(): Json {
  const codes = Object.values(OPERATIONS)
    .flatMap(groupErrors)
    .flatMap(([, codes]) => (codes.length === 1 ? codes : []));
  return Object.fromEntries(codes.map((code) => [code, describeError([code])]));
}

function describeError(codes: readonly ErrorCode[]): Json {
  const known = codes.filter((code) => ERROR_EXAMPLES[code] !== undefined);
  return {
    description: codes.map((code) => `- \`${code}\`: ${meaningOf(code)}`).join('\n'),
    ...(codes.includes('HUB_TOKEN_REFUSED') && { headers: describeHeaders(CHALLENGE) }),
    content: {
      'application/json': {
        schema: refTo('schemas', 'ErrorAnswer'),
        examples: Object.fromEntries(known.map((code) => [code, refTo('examples', code)])),
      },
    },
    'x-error-codes': codes,
  };
}

function describeHeaders(headers: Readonly<Record<string, string>>): Json {
  return mapValues(headers, (description) => ({ description, schema: { type: 'string' } }));
}

function refTo(kind: 'schemas' | 'responses' | 'examples', name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => unknown): Json {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
