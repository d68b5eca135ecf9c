import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findHistoryInterval, type HistoryInterval } from '../../history/history-interval.ts';
import { cutSpan } from '../../history/history-ranges.ts';
import { normalizeSymbol } from '../../market/symbols.ts';
import type { Hub } from '../core/hub.ts';
import { type REQUESTS, routeOf } from '../protocol/requests.ts';

type HistoryQuery = z.infer<typeof REQUESTS.history>;

/** The broker's own candles, by way of the hub's feed. */
export function addHistoryRoute(app: FastifyInstance, hub: Hub): void {
  app.route<{ Params: { symbol: string }; Querystring: HistoryQuery }>({
    ...routeOf('getHistory'),
    handler: async ({ params, query }, reply) => {
      const symbol = normalizeSymbol(params.symbol);
      const interval = readInterval(query.interval);
      const span = readSpan(query, interval);
      const history = await hub.findHistory();
      // A caller that has left wants no answer.
      const left = new AbortController();
      reply.raw.once('close', () => left.abort());
      const rows: string[] = [];
      for await (const bars of history.read({ symbol, interval, ...span, oi: query.oi === true }, left.signal)) {
        for (const bar of bars) rows.push(JSON.stringify({ type: 'Bar', ...bar }));
      }
      const names = `"symbol":${JSON.stringify(symbol)},"interval":${JSON.stringify(interval.name)}`;
      return sendJson(reply, `{"status":"success",${names},"data":[${rows.join(',')}]}`);
    },
  });
}

function readInterval(text: string): HistoryInterval {
  const interval = findHistoryInterval(text);
  if (interval !== undefined) return interval;
  throw new TickpipeError('BAD_REQUEST', `interval: the broker has no candles of ${JSON.stringify(text)}`);
}

/** The span of one call to the broker, epoch milliseconds. Throws `BAD_REQUEST`. */
function readSpan({ from, to }: HistoryQuery, interval: HistoryInterval): { fromMs: number; toMs: number } {
  const span = { fromMs: from * 1_000, toMs: to * 1_000 };
  if (from >= to) throw new TickpipeError('BAD_REQUEST', 'from is not before to');
  const [first] = cutSpan(interval, span);
  if (first?.toMs === span.toMs) return span;
  const days = Math.round(((first?.toMs ?? 0) - span.fromMs) / 86_400_000);
  throw new TickpipeError(
    'BAD_REQUEST',
    `the span is longer than the broker answers at once: ${days} days from then on`,
  );
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text);
}
