import type { z } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { PARTS } from '../protocol/answers.ts';
import { COOKIE } from '../protocol/messages.ts';
import { type OperationId, ROUTES, type RouteShape } from '../protocol/requests.ts';
import { createSchemas, type Json } from './components.ts';
import { COMMON_ERRORS, ERROR_EXAMPLES, meaningOf } from './errors.ts';
import { EXAMPLES, METRICS_EXAMPLE } from './examples.ts';
import { OPERATIONS, type Operation, TAGS } from './operations.ts';

const DESCRIPTION = `The REST API of a tickpipe hub: one connection to FYERS, shared by commands, REST callers and WebSocket clients.

Every error has the schema \`ErrorAnswer\`. A path that does not exist is answered with 404 \`NOT_FOUND\`, a method that a path does not take
with 405 \`METHOD_NOT_ALLOWED\` and the header \`Allow\`. The messages of the WebSocket are in the AsyncAPI document at \`/api/asyncapi.json\`.`;

const JSON_TYPE = 'application/json';
const PARAMETER_EXAMPLES: Readonly<Record<string, unknown>> = {
  symbols: ['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'],
  symbol: 'NSE:SBIN-EQ',
  data_type: 'SymbolUpdate',
  interval: '5s',
  from: 1_796_010_300,
  to: 1_796_010_420,
  oi: false,
  id: 's2',
};

/** The REST API as OpenAPI 3.1, made from the schemas with which the hub checks requests and from those of its answers. */
export function createOpenApi(version: string): Json {
  const operations = Object.entries(OPERATIONS) as [OperationId, Operation][];
  const answers = operations.flatMap(([, { answer }]) => (answer ? [answer] : []));
  const schemas = createSchemas({ ...PARTS, ...Object.fromEntries(answers) });
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of operations) {
    const route: RouteShape = ROUTES[id];
    const template = route.path.replace(/:(\w+)/g, '{$1}');
    paths[template] = { ...paths[template], [route.method.toLowerCase()]: describeOperation(id, route, operation) };
    if (operation.body && route.body) schemas[operation.body[0]] = requestSchema(route.body);
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
      examples: describeErrorExamples(),
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

function describeOperation(id: OperationId, { params, query, body }: RouteShape, operation: Operation): Json {
  const { tag, summary, description, isOpen } = operation;
  const parameters = [...describeParameters('path', params), ...describeParameters('query', query)];
  const [bodyName = '', example] = operation.body ?? [];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: refTo('schemas', bodyName), example } } },
    }),
    ...(isOpen && { security: [{}] }),
    responses: { ...describeErrors(operation), ...describeSuccess(id, operation) },
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

function describeSuccess(id: OperationId, { success: description, answer, mediaType }: Operation): Json {
  const contentOf = (example: unknown): Json => ({
    [JSON_TYPE]: { schema: refTo('schemas', answer?.[0] ?? ''), example },
  });
  if (id === 'openStream') return { 101: { description } };
  if (mediaType === undefined) {
    const response = { 200: { description, content: contentOf(EXAMPLES[id as keyof typeof EXAMPLES]) } };
    if (id !== 'checkHealth') return response;
    const unwell = contentOf({ status: 'unhealthy', state: 'disconnected', version: '0.2.0' });
    return { ...response, 503: { description: 'The feed is not live.', content: unwell } };
  }
  const schema = { type: mediaType === JSON_TYPE ? 'object' : 'string' };
  const content = { schema, ...(id === 'getMetrics' && { example: METRICS_EXAMPLE }) };
  return { 200: { description, content: { [mediaType]: content } } };
}

/** The codes of the errors that an operation may be answered with, by their status. */
function groupErrors({ errors = [], badInput = [], isOpen }: Operation): [status: number, ErrorCode[]][] {
  const statuses = new Map<ErrorCode, number>();
  for (const code of [...COMMON_ERRORS, ...errors]) statuses.set(code, CATALOGUE[code].http);
  if (!isOpen) statuses.set('HUB_TOKEN_REFUSED', CATALOGUE.HUB_TOKEN_REFUSED.http);
  for (const code of badInput) statuses.set(code, CATALOGUE.BAD_REQUEST.http);
  const codesWith = (status: number): ErrorCode[] =>
    [...statuses.keys()].filter((code) => statuses.get(code) === status);
  return [...new Set(statuses.values())].map((status) => [status, codesWith(status).sort()]);
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
  const groups = Object.values(OPERATIONS).flatMap(groupErrors);
  const codes = groups.flatMap(([, group]) => (group.length === 1 ? group : []));
  return Object.fromEntries(codes.map((code) => [code, describeError([code])]));
}

function describeError(codes: readonly ErrorCode[]): Json {
  const known = codes.filter((code) => ERROR_EXAMPLES[code] !== undefined);
  return {
    description: codes.map((code) => `- \`${code}\`: ${meaningOf(code)}`).join('\n'),
    content: {
      [JSON_TYPE]: {
        schema: refTo('schemas', 'ErrorAnswer'),
        examples: Object.fromEntries(known.map((code) => [code, refTo('examples', code)])),
      },
    },
    'x-error-codes': codes,
  };
}

function describeErrorExamples(): Json {
  return Object.fromEntries(
    Object.entries(ERROR_EXAMPLES).map(([code, { message, symbols = [] }]) => [
      code,
      { summary: meaningOf(code as ErrorCode), value: { status: 'error', code, message, symbols } },
    ]),
  );
}

function refTo(kind: 'schemas' | 'responses' | 'examples', name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}
