import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Hub } from '../core/hub.ts';
import type { AccessPolicy } from './access-policy.ts';
import { addBodyParsers } from './bodies.ts';
import { addControlRoutes } from './control-routes.ts';
import { addDocumentRoutes } from './document-routes.ts';
import { errorBody } from './error-body.ts';
import { addHistoryRoute } from './history-routes.ts';
import type { HubTexts } from './hub-texts.ts';
import { addPageRoutes } from './page-routes.ts';
import { RestClient } from './rest-client.ts';
import { addApiRoutes, addServiceRoutes, type PolicyOf } from './routes.ts';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_PARAMETER_CHARACTERS = 200;

export interface ApiOptions {
  readonly hub: Hub;
  readonly texts: HubTexts;
  /** Where the files of the page are. */
  readonly webFolder: string;
  readonly version: string;
  /** Ends the hub. */
  readonly stop: () => void;
  /** Called with an error that can only be a mistake of the hub. */
  readonly onBug: (error: unknown) => void;
}

/** The REST API, which listeners hand their requests to. */
export interface Api {
  handle(request: IncomingMessage, response: ServerResponse, policy: AccessPolicy): void;
  close(): Promise<void>;
}

export async function createApi({ hub, texts, webFolder, version, stop, onBug }: ApiOptions): Promise<Api> {
  const policies = new WeakMap<IncomingMessage, AccessPolicy>();
  const app = fastify({
    logger: false,
    // URLs that the router cannot read.
    frameworkErrors: (error, _, reply: FastifyReply) => {
      const known = errorOf(error);
      reply.code(CATALOGUE[known.code].http).send(errorBody(known));
    },
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: false } },
  });
  // Answers are what the schema says because tests hold them against it, not because a serializer cuts them to it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  addBodyParsers(app);
  const paths = new KnownPaths(app);
  app.setErrorHandler<FastifyError | TickpipeError>((error, _, reply) => {
    const known = errorOf(error);
    if (known.code === 'BUG') onBug(error);
    const symbols = 'symbols' in known ? (known.symbols as string[]) : [];
    reply.code(CATALOGUE[known.code].http).send(errorBody(known, symbols));
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = paths.methodsOf(request.url);
    if (methods.length === 0) throw new TickpipeError('NOT_FOUND', 'there is no such path');
    reply.header('allow', methods.join(', '));
    throw new TickpipeError('METHOD_NOT_ALLOWED', `this path takes ${methods.join(', ')}`);
  });
  app.register(async (scope) => {
    const policyOf: PolicyOf = (request) => policies.get(request.raw);
    addApiRoutes(scope, { hub, texts, rest: new RestClient(hub), policyOf });
    addHistoryRoute(app, hub);
    addServiceRoutes(scope, hub, texts, version);
    addPageRoutes(scope, webFolder, policyOf);
    addDocumentRoutes(scope, version);
  });
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => requireTrust(request, policies));
    addControlRoutes(scope, hub, stop);
  });
  await app.ready();
  return {
    handle: (request, response, policy) => {
      policies.set(request, policy);
      app.routing(request, response);
    },
    close: () => app.close(),
  };
}

async function requireTrust(request: FastifyRequest, policies: WeakMap<IncomingMessage, AccessPolicy>): Promise<void> {
  if (policies.get(request.raw)?.rules.isTrusted) return;
  throw new TickpipeError('FORBIDDEN', 'only the Unix socket takes this');
}

/** Which methods a path takes: a wrong method is another error than a wrong path. */
class KnownPaths {
  readonly #routes: { readonly pattern: RegExp; readonly methods: string[] }[] = [];

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`);
      this.#routes.push({ pattern, methods: [method].flat() });
    });
  }

  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] as string;
    return this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
  }
}

/** With the values there are, where there are only some. */
function describeInvalid({ message, validation }: FastifyError): string {
  const allowed = validation?.[0]?.params['allowedValues'];
  return Array.isArray(allowed) ? `${message}: ${allowed.join(', ')}` : message;
}

/** Errors of fastify are the caller's, by their status; what has none is ours. */
function errorOf(error: FastifyError | TickpipeError): TickpipeError {
  if (error instanceof TickpipeError) return error;
  if (error.validation) return new TickpipeError('BAD_REQUEST', describeInvalid(error));
  if (error.statusCode === 413) return new TickpipeError('REQUEST_TOO_LARGE', 'the body of the request is too large');
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new TickpipeError('BAD_REQUEST', 'the request cannot be read');
  }
  return new TickpipeError('BUG', 'the hub failed', { cause: error });
}
