import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { RowType } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import type { SharedTick } from '../core/shared-ticks.ts';
import { type REQUESTS, routeOf } from '../protocol/requests.ts';
import { type AccessPolicy, isOwner } from './access-policy.ts';
import { isConnected, reportCache, reportSubscriptions } from './hub-status.ts';
import type { HubTexts } from './hub-texts.ts';
import { createMetrics } from './metrics.ts';
import type { RestClient } from './rest-client.ts';
import { AllRejected, answerOf, countSymbols, readInterval, readSubscriptions } from './subscription-request.ts';

/** States in which nothing is wrong: delivering, or nothing asked for yet. */
const HEALTHY: ReadonlySet<string> = new Set(['live', 'idle']);

type SubscriptionQuery = z.infer<typeof REQUESTS.subscription>;
type TypeQuery = z.infer<typeof REQUESTS.type>;

/** The access policy of the listener that a request came by. */
export type PolicyOf = (request: FastifyRequest) => AccessPolicy | undefined;

export interface RouteParts {
  readonly hub: Hub;
  readonly texts: HubTexts;
  readonly rest: RestClient;
  readonly policyOf: PolicyOf;
}

/** The routes of the contract. */
export function addApiRoutes(app: FastifyInstance, { hub, texts, rest, policyOf }: RouteParts): void {
  const connection = () => ({
    status: 'success',
    data: {
      connected: isConnected(hub),
      subscriptions: reportSubscriptions(hub),
      data_cache: reportCache(hub),
    },
  });

  app.route({
    ...routeOf('connectFeed'),
    handler: async () => {
      await rest.connect();
      return connection();
    },
  });

  app.route({
    ...routeOf('disconnectFeed'),
    handler: async (request) => {
      rest.drop();
      const policy = policyOf(request);
      const commands = hub.countCommands();
      if (commands > 0 && !isOwner(policy)) {
        const message = commands === 1 ? '1 session keeps it connected' : `${commands} sessions keep it connected`;
        return { ...connection(), message };
      }
      await hub.disconnect(`asked ${describeCaller(request, policy)}`);
      return connection();
    },
  });

  app.route<{ Querystring: SubscriptionQuery }>({
    ...routeOf('subscribeSymbols'),
    handler: async ({ query }) => {
      const request = readSubscriptions(query.symbols, query.data_type);
      const { symbols, rejected } = answerOf(request, await rest.subscribe(request.subscriptions));
      if (symbols.length === 0) throw new AllRejected(rejected);
      const message = `Subscribed to ${countSymbols(symbols.length)}`;
      return { status: 'success', message, data_type: query.data_type, symbols, rejected };
    },
  });

  app.route<{ Querystring: SubscriptionQuery }>({
    ...routeOf('unsubscribeSymbols'),
    handler: async ({ query }) => {
      const { subscriptions, rejected } = readSubscriptions(query.symbols, query.data_type);
      if (subscriptions.length === 0) throw new AllRejected(rejected);
      const symbols = rest.unsubscribe(subscriptions).map(({ symbol }) => symbol);
      if (symbols.length === 0) {
        throw new AllRejected(subscriptions.map(({ symbol }) => ({ symbol, code: 'NOT_FOUND' })));
      }
      const message = `Unsubscribed from ${countSymbols(symbols.length)}`;
      return { status: 'success', message, data_type: query.data_type, symbols };
    },
  });

  app.route({
    ...routeOf('getConnectionStatus'),
    handler: async (_, reply) => {
      await hub.refreshToken();
      return sendJson(reply, (await texts.status.read()).answer);
    },
  });

  app.route<{ Params: TypeQuery }>({
    ...routeOf('getLastValues'),
    handler: async ({ params: { data_type } }, reply) => sendJson(reply, await texts.values[data_type].read()),
  });

  app.route<{ Params: { symbol: string }; Querystring: TypeQuery }>({
    ...routeOf('getLastValue'),
    handler: async ({ params, query }, reply) => {
      const value = findValue(hub, params.symbol, query.data_type);
      return sendJson(
        reply,
        `{"status":"success","symbol":${JSON.stringify(value.symbol)},"data":${hub.lastRow(value)}}`,
      );
    },
  });

  app.route<{ Params: { symbol: string }; Querystring: z.infer<typeof REQUESTS.interval> }>({
    ...routeOf('getBars'),
    handler: async ({ params, query }, reply) => {
      const interval = readInterval(query.interval);
      const value = findValue(hub, params.symbol, 'SymbolUpdate');
      const bars = await hub.bars.read(value, interval);
      const names = `"symbol":${JSON.stringify(value.symbol)},"interval":${JSON.stringify(interval.name)}`;
      return sendJson(reply, `{"status":"success",${names},"data":[${bars.join(',')}]}`);
    },
  });
}

/** What watches over a hub asks. */
export function addServiceRoutes(app: FastifyInstance, hub: Hub, texts: HubTexts, version: string): void {
  const metrics = createMetrics(hub);
  app.route({
    ...routeOf('getMetrics'),
    handler: async (_, reply) => {
      reply.header('content-type', metrics.contentType);
      return metrics.metrics();
    },
  });

  app.route({
    ...routeOf('checkHealth'),
    handler: async (_, reply) => {
      const { state } = hub.state;
      const isHealthy = HEALTHY.has(state);
      reply.code(isHealthy ? 200 : 503);
      return { status: isHealthy ? 'ok' : 'unhealthy', state, version };
    },
  });

  app.route({
    ...routeOf('openStream'),
    handler: async () => {
      throw new TickpipeError('BAD_REQUEST', 'this path is for WebSockets');
    },
  });

  app.route({
    ...routeOf('getHubStatus'),
    handler: async (_, reply) => {
      await hub.refreshToken();
      return sendJson(reply, await texts.hub.read());
    },
  });
}

/** Where a request came from, in words for people. */
function describeCaller({ raw }: FastifyRequest, policy: AccessPolicy | undefined): string {
  if (policy?.rules.isTrusted) return "over the hub's Unix socket";
  const address = `from ${raw.socket.remoteAddress ?? 'an address that is gone'}`;
  return policy?.rules.token === undefined ? address : `${address} with the hub's token`;
}

/** Throws the reason why there is no value, with the symbol's name. */
function findValue(hub: Hub, name: string, type: RowType): SharedTick {
  const { subscriptions, rejected } = readSubscriptions([name], type);
  const [subscription] = subscriptions;
  if (subscription === undefined) throw new AllRejected(rejected);
  const value = hub.findValue(subscription);
  if (value?.hasRow) return value;
  const reason = value ? 'has not ticked yet' : 'is not subscribed';
  throw Object.assign(new TickpipeError('NOT_FOUND', `${subscription.symbol} ${reason}`), {
    symbols: [subscription.symbol],
  });
}

function sendJson(reply: FastifyReply, text: string | Buffer): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text);
}
