import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { kindOfType, ROW_TYPES, type RowType, type Subscription, toWire } from '../../market/kinds.ts';
import { whyNoRows } from '../../market/symbol-kinds.ts';
import type { Hub } from '../core/hub.ts';
import type { HubSession } from '../core/hub-session.ts';
import type { Made, PARTS } from '../protocol/answers.ts';
import { type REQUESTS, routeOf } from '../protocol/requests.ts';
import { errorBody } from './error-body.ts';
import { readSubscriptions, type SubscriptionRequest, subscriptionOf } from './subscription-request.ts';

/** How long a caller waits for the feed: not so long that it gives up the hub. */
const ANSWER_TIMEOUT_MS = 8_000;
/** What a command that records calls itself. */
const RECORDING = 'record';

export type ChangeResult = Made<typeof PARTS.SymbolChange>;

interface SessionRoute {
  Params: { id: string };
  Body: z.infer<typeof REQUESTS.sessionChange>;
}

/** What only the user's own commands may ask, over the Unix socket. */
export function addControlRoutes(app: FastifyInstance, hub: Hub, stop: () => void): void {
  app.route<SessionRoute>({
    ...routeOf('addSessionSymbols'),
    handler: async ({ params, body }, reply) => {
      const session = findSession(hub, params.id);
      const types = body.data_type ? [body.data_type] : ownTypes(session);
      const request = readAll(body.symbols, types);
      const results = await addTo(hub, session, request, whileThere(reply, hub.clock));
      const { leftOut } = request;
      return { status: 'success', session: session.id, results, ...(leftOut.length > 0 && { left_out: leftOut }) };
    },
  });

  app.route<SessionRoute>({
    ...routeOf('dropSessionSymbols'),
    handler: async ({ params, body }) => {
      const session = findSession(hub, params.id);
      const results = dropFrom(hub, session, body.symbols, body.data_type);
      return { status: 'success', session: session.id, results };
    },
  });

  app.route<{ Body: z.infer<typeof REQUESTS.token> }>({
    ...routeOf('offerToken'),
    handler: async ({ body }, reply) => {
      try {
        return { status: 'success', offer: await hub.offerToken(body.token) };
      } catch (error) {
        // Here a bad token is the caller's mistake, not a feed that cannot be had.
        if (!(error instanceof TickpipeError) || error.exit !== EXIT.token) throw error;
        return reply.code(400).send(errorBody(error));
      }
    },
  });

  app.route<{ Body: z.infer<typeof REQUESTS.token> }>({
    ...routeOf('endToken'),
    handler: async ({ body }, reply) => {
      try {
        return { status: 'success', ended: hub.endToken(body.token) };
      } catch (error) {
        if (!(error instanceof TickpipeError) || error.exit !== EXIT.token) throw error;
        return reply.code(400).send(errorBody(error));
      }
    },
  });

  app.route({
    ...routeOf('stopHub'),
    handler: async (_, reply) => {
      hub.announceStop();
      // After the answer, or without it when the caller has left.
      reply.raw.once('close', stop);
      const returning = listReturning(hub);
      return { status: 'success', pid: process.pid, ...(returning.length > 0 && { returning }) };
    },
  });
}

function findSession(hub: Hub, id: string): HubSession {
  const session = hub.findSession(id);
  if (session === undefined) throw new TickpipeError('NO_SESSION', `there is no session ${JSON.stringify(id)}`);
  return session;
}

/** Commands that start another hub when this one is stopped. */
function listReturning(hub: Hub): { command: string; pid: number }[] {
  return [...hub.sessions()].flatMap(({ command, pid, startsAnother }) =>
    pid !== null && startsAnother ? [{ command, pid }] : [],
  );
}

/** Aborted when the caller leaves without its answer, or the feed gives none in time. */
function whileThere(reply: FastifyReply, clock: Clock): AbortSignal {
  const over = new AbortController();
  const timer = clock.after(ANSWER_TIMEOUT_MS, () => {
    over.abort(new TickpipeError('FEED_UNREACHABLE', 'the feed has not answered in time'));
  });
  reply.raw.once('close', () => {
    timer.cancel();
    over.abort(new TickpipeError('FEED_UNREACHABLE', 'the caller has left'));
  });
  return over.signal;
}

/** What is added to a session where no type is named: to a recording all that it records, to others what they are about. */
function ownTypes({ command, kinds }: HubSession): RowType[] {
  if (command !== RECORDING) return [ROW_TYPES[kinds[0] ?? 'symbol']];
  // Under `symbol` an index is added with its own rows.
  const own = kinds.filter((kind) => kind !== 'index' || !kinds.includes('symbol'));
  return own.map((kind) => ROW_TYPES[kind]);
}

interface ChangeRequest extends SubscriptionRequest {
  readonly fallback: RowType;
  /** Types of rows that some symbols do not have; they have rows of the other types. */
  readonly leftOut: readonly { readonly type: RowType; readonly symbol: string }[];
}

/** Throws `INDEX_HAS_NO_DEPTH` and `NOT_AN_INDEX` when a symbol does not have the only type. */
function readAll(symbols: readonly string[], types: readonly RowType[]): ChangeRequest {
  const [fallback = 'SymbolUpdate', ...others] = types;
  if (others.length === 0) return { ...readSubscriptions(symbols, fallback), fallback, leftOut: [] };
  const { rejected, subscriptions: known } = readSubscriptions(symbols, 'LiteUpdate');
  const all = known.flatMap(({ symbol }) => types.map((type) => ({ type, symbol })));
  const isLeftOut = ({ type, symbol }: { type: RowType; symbol: string }): boolean =>
    whyNoRows(kindOfType(type), symbol) === 'INDEX_HAS_NO_DEPTH';
  const subscriptions = all.filter((one) => !isLeftOut(one)).map(({ type, symbol }) => subscriptionOf(symbol, type));
  return { subscriptions, rejected, fallback, leftOut: all.filter(isLeftOut) };
}

async function addTo(
  hub: Hub,
  session: HubSession,
  { subscriptions, rejected, fallback }: ChangeRequest,
  signal: AbortSignal,
): Promise<ChangeResult[]> {
  const alien = subscriptions.find(({ kind }) => !session.takes(kind));
  if (alien) {
    throw new TickpipeError('SESSION_WITHOUT_KIND', `session ${session.id} prints no ${ROW_TYPES[alien.kind]} rows`);
  }
  const had = new Set(Array.from(session.ticks, ({ kind, symbol }) => kind + symbol));
  const isNew = ({ kind, symbol }: Subscription): boolean => !had.has(kind + symbol);
  const results = await hub.subscribe(session, subscriptions, {
    signal,
    beforeRows: (answers) => {
      const added = answers
        .filter(({ status, subscription }) => status === 'accepted' && isNew(subscription))
        .map(({ subscription }) => subscription);
      if (added.length > 0) session.client.send({ type: 'changed', added: toWire(added), dropped: [] });
    },
  });
  const refusal = results.find((result) => result.status === 'refused');
  if (refusal && !results.some(({ status }) => status === 'accepted')) {
    throw new TickpipeError(refusal.code, refusal.message);
  }
  return [
    ...results.map(({ status, subscription }): ChangeResult => {
      const added = isNew(subscription) ? 'ok' : 'already';
      return {
        type: ROW_TYPES[subscription.kind],
        symbol: subscription.symbol,
        status: status === 'accepted' ? added : 'unknown',
      };
    }),
    ...rejected.map(({ symbol }): ChangeResult => ({ type: fallback, symbol, status: 'unknown' })),
  ];
}

/** Without a type, every kind of row of these symbols. */
function dropFrom(hub: Hub, session: HubSession, symbols: readonly string[], type?: RowType): ChangeResult[] {
  const own = [...session.ticks];
  const fallback = type ?? ROW_TYPES[session.kinds[0] ?? 'symbol'];
  const { subscriptions, rejected } = readSubscriptions(symbols, fallback);
  const dropped: Subscription[] = [];
  const results = subscriptions.flatMap((subscription): ChangeResult[] => {
    const found = own.filter(
      ({ kind, symbol }) => symbol === subscription.symbol && (type === undefined || kind === subscription.kind),
    );
    dropped.push(...found.map((value) => value.subscription));
    const { symbol } = subscription;
    if (found.length === 0) return [{ type: ROW_TYPES[subscription.kind], symbol, status: 'not_subscribed' }];
    return found.map(({ kind }) => ({ type: ROW_TYPES[kind], symbol, status: 'ok' }));
  });
  hub.unsubscribe(session, dropped);
  if (dropped.length > 0) session.client.send({ type: 'changed', added: [], dropped: toWire(dropped) });
  return [
    ...results,
    ...rejected.map(({ symbol }): ChangeResult => ({ type: fallback, symbol, status: 'not_subscribed' })),
  ];
}
