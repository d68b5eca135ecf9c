import { Counter, Gauge, Registry } from 'prom-client';
import type { Hub } from '../core/hub.ts';
import { isConnected } from './hub-status.ts';

const MS_PER_S = 1_000;

/** The hub's figures for Prometheus, read when they are asked for. */
export function createMetrics(hub: Hub): Registry {
  const register = new Registry();
  const registers = [register];
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    const collect = (): void => {
      const value = read();
      if (value === undefined) made.remove();
      else made.set(value);
    };
    const made: Gauge = new Gauge({ name, help, registers, collect });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    const made: Counter = new Counter({
      name,
      help,
      registers,
      collect: () => {
        made.reset();
        made.inc(read());
      },
    });
  };
  const sumOf = (read: (queue: { rows: number; skipped: number; heldRows: number; queuedBytes: number }) => number) =>
    Array.from(hub.sessions(), ({ client }) => (client.queue ? read(client.queue) : 0)).reduce(
      (sum, value) => sum + value,
      0,
    );
  gauge('tickpipe_connected', '1 while the feed is connected and delivering', () => (isConnected(hub) ? 1 : 0));
  counter('tickpipe_messages_total', 'Messages from the feed', () => hub.counters.messages);
  counter('tickpipe_bytes_total', 'Bytes from the feed', () => hub.counters.bytes);
  counter('tickpipe_ticks_total', 'Ticks from the feed', () => hub.counters.ticks);
  counter('tickpipe_malformed_total', 'What the feed sent that could not be used', () => hub.counters.malformed);
  counter('tickpipe_gaps_total', 'Stretches of time without data', () => hub.counters.gaps);
  counter('tickpipe_reconnects_total', 'Connections after the first', () => hub.counters.reconnects);
  gauge('tickpipe_last_tick_age_seconds', 'Since the last tick; not there before the first', () =>
    // The clock may have been set back: an age is never negative.
    hub.lastTickAt === null ? undefined : Math.max(0, hub.clock.now() - hub.lastTickAt) / MS_PER_S,
  );
  gauge('tickpipe_subscriptions', 'Subscribed upstream', () => hub.valueCount);
  gauge('tickpipe_clients', 'Clients of this hub', () => hub.sessionCount);
  // A counter must not fall when a client disconnects.
  counter(
    'tickpipe_rows_total',
    'Rows written to clients',
    () => hub.rowsOfGoneClients.rows + sumOf(({ rows }) => rows),
  );
  counter(
    'tickpipe_skipped_rows_total',
    'Rows that slow clients missed',
    () => hub.rowsOfGoneClients.skipped + sumOf(({ skipped }) => skipped),
  );
  gauge('tickpipe_queued_rows', 'Rows that wait for slow clients', () => sumOf(({ heldRows }) => heldRows));
  gauge('tickpipe_queued_bytes', 'Bytes written that clients have not read', () =>
    sumOf(({ queuedBytes }) => queuedBytes),
  );
  return register;
}
