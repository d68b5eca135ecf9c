import type { FeedEvent, FeedListener } from '../../../src/lib/feed/feed.ts';
import type { RowBatch, Tick } from '../../../src/lib/market/tick.ts';
import { RowTick } from '../../../src/lib/rows/row-tick.ts';
import { EventQueue } from '../../support/event-queue.ts';

type Name = FeedEvent['type'] | 'row' | 'batch';
export interface RecordedEvent {
  readonly name: Name;
  readonly values: readonly unknown[];
}

/** Writes down what a feed of ready-made rows delivers, in its order. */
export class HubRecorder implements FeedListener {
  /** All of it; rows as their text. */
  readonly all: RecordedEvent[] = [];
  readonly ticks: RowTick[] = [];
  readonly #queue = new EventQueue<RecordedEvent>();
  /** Called within the callback for a row. */
  onTick: (tick: RowTick) => void = () => {};
  takesBatches = false;

  /** A batch is written down as the text of its rows. */
  batch({ bytes }: RowBatch): boolean {
    if (this.takesBatches) this.#push({ name: 'batch', values: [Buffer.from(bytes).toString()] });
    return this.takesBatches;
  }

  event(event: FeedEvent): void {
    this.#push({ name: event.type, values: valuesOf(event) });
  }

  tick(tick: Tick): void {
    if (!(tick instanceof RowTick)) throw new Error('not a ready-made row');
    this.ticks.push(tick);
    this.#push({ name: 'row', values: [Buffer.from(tick.row).toString()] });
    this.onTick(tick);
  }

  /** What was told with the next event of this name that has not been awaited. */
  async next(name: Name, matches: (...values: never[]) => boolean = () => true): Promise<readonly unknown[]> {
    const event = await this.#queue.next(
      (candidate) => candidate.name === name && matches(...(candidate.values as never[])),
    );
    return event.values;
  }

  /** Everything told so far under these names, in order. */
  told(...names: readonly Name[]): RecordedEvent[] {
    return this.all.filter(({ name }) => names.includes(name));
  }

  get rows(): unknown[] {
    return this.told('row').map(({ values }) => values[0]);
  }

  #push(event: RecordedEvent): void {
    this.all.push(event);
    this.#queue.push(event);
  }
}

/** What the event says, without its type. */
function valuesOf(event: FeedEvent): readonly unknown[] {
  switch (event.type) {
    case 'state':
      return [event.state];
    case 'gap':
      return [event.gap];
    case 'silent':
    case 'refused':
      return [event.subscriptions];
    case 'changed':
      return [event.added, event.dropped];
    case 'skipped':
      return [event.rows, event.at];
    case 'warning':
      return event.error ? [event.event, event.message, event.error] : [event.event, event.message];
    case 'failed':
      return [event.error];
    default:
      return [];
  }
}
