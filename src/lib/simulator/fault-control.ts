import type { Clock, Timer } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { TokenIssuer } from './account/token-issuer.ts';
import type { DataConnection } from './data-connection.ts';
import { FaultState } from './fault-state.ts';
import { type AnswerFault, type Fault, type FaultName, isCounted, type PlainCountedFault } from './faults.ts';
import type { SimulatedMarket } from './market.ts';

export interface FaultTargets {
  readonly clock: Clock;
  readonly issuer: TokenIssuer;
  readonly market: SimulatedMarket;
  /** The authenticated ones. */
  connections(): readonly DataConnection[];
}

/** Faults that happen to open connections. Without a time they wait for the first one. */
const MOMENTARY: ReadonlySet<FaultName> = new Set<FaultName>(['drop', 'stall', 'stall-symbol', 'expire-token']);

/** Makes faults happen, at once or at their time after the first authentication. */
export class FaultControl {
  readonly #faults: FaultState;
  readonly #targets: FaultTargets;
  readonly #timers = new Set<Timer>();
  #scheduled: Fault[] = [];
  #begun = false;

  constructor(faults: FaultState, targets: FaultTargets) {
    this.#faults = faults;
    this.#targets = targets;
  }

  /** A fault of the start: without a time it holds from now on, or hits the first connection. */
  add(fault: Fault): void {
    this.#check(fault);
    if (fault.atMs === undefined && !MOMENTARY.has(fault.name)) this.#apply(fault);
    else this.#schedule(fault);
  }

  /** A fault of this moment. */
  inject(fault: Fault): void {
    this.#check(fault);
    if (fault.atMs === undefined) this.#apply(fault);
    else this.#schedule(fault);
  }

  /** The first client has authenticated: times count from here. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const fault of this.#scheduled.splice(0)) this.#schedule(fault);
  }

  clear(): void {
    this.close();
    Object.assign(this.#faults, new FaultState());
  }

  /** Takes back what has not happened yet. */
  close(): void {
    this.#scheduled = [];
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #schedule(fault: Fault): void {
    if (!this.#begun) {
      this.#scheduled.push(fault);
      return;
    }
    const timer = this.#targets.clock.after(fault.atMs ?? 0, () => {
      this.#timers.delete(timer);
      this.#apply(fault);
    });
    this.#timers.add(timer);
  }

  #check({ symbol }: Fault): void {
    if (symbol === undefined || this.#targets.market.moverOf(symbol) !== undefined) return;
    throw new TickpipeError('USAGE', `the simulator does not know ${JSON.stringify(symbol.slice(0, 60))}`, {
      hint: 'stall-symbol wants a symbol of the simulated market, such as NSE:SBIN-EQ',
    });
  }

  #apply(fault: Fault): void {
    const faults = this.#faults;
    const { issuer, market } = this.#targets;
    const connections = this.#targets.connections();
    if (isCounted(fault.name)) faults.occasions.set(fault.name, fault.count ?? Number.POSITIVE_INFINITY);
    if (fault.answer !== undefined) {
      faults.answers.set(fault.name as AnswerFault, { answer: fault.answer, file: fault.file });
    }
    const set = (change: Partial<FaultState>) => (): void => void Object.assign(faults, change);
    const effects: Record<Exclude<FaultName, PlainCountedFault | AnswerFault>, () => void> = {
      drop: () => connections.forEach((connection) => void connection.terminate()),
      stall: () => {
        for (const { outlet } of connections) outlet.mute = true;
      },
      'stall-symbol': () => {
        const [source] = market.moverOf(fault.symbol ?? '')?.sources ?? [];
        const place = source?.names.topic.slice(source.names.topic.indexOf('|') + 1);
        if (place !== undefined) for (const { topics } of connections) topics.stall(place);
      },
      'lose-updates': set({ loseUpdates: true }),
      'ack-only': set({ ackOnly: true }),
      'refuse-snapshots': set({ snapshots: 'refuse' }),
      'ignore-snapshots': set({ snapshots: 'ignore' }),
      contest: set({ contestAfterMs: fault.durationMs ?? 0 }),
      delay: set({ delayMs: fault.durationMs ?? 0 }),
      split: set({ split: true }),
      garble: set({ garble: true }),
      'reuse-ids': () => {
        faults.reuseIds = true;
        for (const { topics, sender } of connections) {
          topics.rotateIds();
          sender.flush();
        }
      },
      'unknown-packets': set({ unknownPackets: true }),
      'expire-token': () => {
        issuer.endAll();
        for (const connection of connections) connection.close();
      },
      'account-delay': set({ accountDelayMs: fault.durationMs ?? 0 }),
      upgrade: set({ upgradeStatus: fault.status ?? 503 }),
    };
    const others: Partial<Record<FaultName, () => void>> = effects;
    others[fault.name]?.();
  }
}
