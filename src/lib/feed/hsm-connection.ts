import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../clock/clock.ts';
import type { ControlResponse, ControlType } from '../hsm/control.ts';
import { type DecoderSink, HsmDecoder } from '../hsm/decoder.ts';
import {
  encodeAck,
  encodeAuth,
  encodeMode,
  encodePing,
  encodeSnapshot,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../hsm/requests.ts';
import { MAX_TOPICS_PER_FRAME, PING_PERIOD_MS } from '../hsm/wire.ts';
import type { AttemptError } from '../network/failure.ts';
import { reuseReads } from '../network/reused-reads.ts';
import { DIRECT, type FindRoute, forWebSocket } from '../network/route.ts';
import { answerPings } from './answer-pings.ts';
import { describeRefusedUpgrade, describeSocketFailure } from './connection-failure.ts';
import type { BreakReason } from './feed.ts';
import { InterruptionWatch } from './interruption-watch.ts';
import { PendingAnswers, type Purpose } from './pending-answers.ts';
import type { Question } from './stall-watch.ts';
import { CHANNELS, type Channel, type TopicWire, type WantedTopic } from './subscriptions.ts';

/** The official SDKs use channel 11; a channel is in one mode, so lite rows take another. */
const CHANNEL_NUMBERS: Record<Channel, number> = { full: 11, lite: 12 };
/** How long the server may take to answer a request. */
const ANSWER_TIMEOUT_MS = 10_000;
/** After this time without any byte the server is asked for an answer. */
const SILENCE_BEFORE_PROBE_MS = 60_000;
const HEARTBEAT_MS = 1_000;
/** A snapshot of 5,000 topics is under 1 MiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** The client's name for the server. */
const CLIENT_NAME = 'tickpipe';

export interface ConnectionOptions {
  readonly url: string;
  readonly hsmKey: string;
  readonly clock: Clock;
  /** How long the handshake, and then the answer to the token, may take. */
  readonly handshakeTimeoutMs: number;
  readonly findRoute?: FindRoute | undefined;
}

/** Receives what happens on a connection. `closed` comes exactly once, unless the owner closed it. */
export interface ConnectionHandler extends Pick<DecoderSink<WantedTopic>, 'snapshot' | 'tick' | 'oddScale'> {
  /** The server accepted the token: subscriptions may be sent. */
  authenticated(): void;
  /** @param status of the HTTP answer, when the upgrade was refused already */
  authenticationRefused(status?: number): void;
  /** The answer to one frame of topics. A refusal to subscribe topics again, as a question, is not reported. */
  subscribed(topics: readonly WantedTopic[], ok: boolean): void;
  /** Any answer to a request. */
  answered(): void;
  /** This process did not run for this time. Whether the connection outlived it is known when the server answers. */
  stoodStill(ms: number): void;
  /** Each binary message, before it is decoded. It is only valid until this returns. @param at epoch milliseconds */
  received?: ((message: Buffer, at: number) => void) | undefined;
  /** After each message that carried data, with the moment it came: epoch milliseconds, and monotonic ones. */
  dataArrived(at: number, heardAt: number): void;
  /** About once a second, while the connection is open and being read. */
  heartbeat(): void;
  /** @param cause where the failure has a code of its own */
  closed(reason: BreakReason, detail: string, cause?: AttemptError): void;
}

/** One connection to a data socket, from the handshake to its end: the script, acks, pings, time limits, the byte clock. */
export class HsmConnection implements TopicWire {
  readonly #url: URL;
  readonly #socket: WebSocket;
  readonly #decoder: HsmDecoder<WantedTopic>;
  readonly #handler: ConnectionHandler;
  readonly #clock: Clock;
  readonly #handshakeTimeoutMs: number;
  readonly #timers: Timer[];
  readonly #interruptions: InterruptionWatch;
  readonly #pending = new PendingAnswers();
  #lastByteAt: number;
  #liteModeSet = false;
  #paused = false;
  #ended = false;
  #authenticated = false;
  #isInDoubt = false;
  messages = 0;
  bytes = 0;

  constructor(options: ConnectionOptions, handler: ConnectionHandler) {
    const { url, hsmKey, clock, handshakeTimeoutMs, findRoute = DIRECT.findRoute } = options;
    this.#url = new URL(url);
    this.#clock = clock;
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#handler = handler;
    this.#lastByteAt = clock.monotonic();
    this.#interruptions = new InterruptionWatch(clock);
    this.#decoder = new HsmDecoder<WantedTopic>({
      control: (response) => this.#answered(response),
      // The rest of a message is ignored once the connection is closed.
      snapshot: (state) => {
        if (!this.#ended) handler.snapshot(state);
      },
      tick: (state) => {
        if (!this.#ended) handler.tick(state);
      },
      ackDue: (messageNumber) => this.#send(encodeAck(messageNumber)),
      oddScale: (topic, scale) => {
        if (!this.#ended) handler.oddScale?.(topic, scale);
      },
    });
    // Without an Authorization header: the gateway never answers a request that has one.
    this.#socket = new WebSocket(this.#url, {
      ...forWebSocket(findRoute(this.#url)),
      ...reuseReads(),
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      autoPong: false,
    });
    answerPings(this.#socket);
    this.#socket.on('open', () => this.#open(hsmKey));
    this.#socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('ping', () => this.#heard());
    this.#socket.on('unexpected-response', (request, response) => {
      this.#refused(response);
      request.destroy();
    });
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.on('close', (code) => this.#broken('server_closed', `the server closed it, code ${code}`));
    this.#timers = [
      clock.every(PING_PERIOD_MS, () => this.#send(encodePing())),
      clock.every(HEARTBEAT_MS, () => this.#beat()),
    ];
  }

  /** Messages and packets that could not be used. */
  get malformed(): number {
    const { malformed, unknownPackets, unboundPackets, refusedSnapshots } = this.#decoder.counters;
    return malformed + unknownPackets + unboundPackets + refusedSnapshots;
  }

  get authenticated(): boolean {
    return this.#authenticated && !this.#ended;
  }

  /**
   * Whether this process was stopped and the server has not answered since. Data that comes now may have waited in the network:
   * it does not prove that nothing was lost.
   */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** Subscribes topics on a channel, in frames of at most 1,500. */
  subscribe(topics: readonly WantedTopic[], channel: Channel): void {
    if (topics.length > 0 && channel === 'lite') this.#setLiteMode();
    for (const part of framesOf(topics)) {
      for (const topic of part) topic.channel = channel;
      this.#request('subscribe', encodeSubscribe(part.map(nameOf), CHANNEL_NUMBERS[channel]), part);
    }
  }

  /** Asks about topics that are silent, on the channel that each is subscribed on. The server may leave it unanswered. */
  ask(question: Question, topics: readonly WantedTopic[]): void {
    for (const channel of CHANNELS) {
      const subscribed = topics.filter((topic) => topic.channel === channel);
      for (const part of framesOf(subscribed)) this.#ask(question, part, CHANNEL_NUMBERS[channel]);
    }
  }

  /** Late answers to questions are no longer expected. */
  forgetQuestions(): void {
    this.#pending.forgetQuestions();
  }

  unsubscribe(topics: readonly WantedTopic[], channel: Channel): void {
    for (const part of framesOf(topics)) {
      for (const topic of part) topic.channel = undefined;
      this.#request('unsubscribe', encodeUnsubscribe(part.map(nameOf), CHANNEL_NUMBERS[channel]), part);
    }
  }

  /** Stops reading: the server's data stays in the network's buffers. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#restartTimes();
    this.#socket.resume();
  }

  /** Gives the connection up for a reason of ours, which the handler receives. */
  abandon(reason: BreakReason, detail: string): void {
    this.#end(reason, detail);
  }

  /** Ends the connection; the handler receives nothing more. */
  close(): void {
    this.#ended = true;
    this.#release();
  }

  #ask(question: Question, topics: readonly WantedTopic[], channelNumber: number): void {
    const names = topics.map(nameOf);
    if (question === 'snapshot') {
      this.#request('snapshot', encodeSnapshot(names), topics, 'question');
      return;
    }
    const isRenewal = question === 'renew';
    if (isRenewal) this.#request('unsubscribe', encodeUnsubscribe(names, channelNumber), topics, 'question');
    const purpose = isRenewal ? 'renewal' : 'question';
    this.#request('subscribe', encodeSubscribe(names, channelNumber), topics, purpose);
  }

  #open(hsmKey: string): void {
    this.#heard();
    this.#request('auth', encodeAuth(hsmKey, CLIENT_NAME));
    this.#request('mode', encodeMode([CHANNEL_NUMBERS.full], 'full'));
  }

  /** The server answered the upgrade with something else. */
  #refused(response: IncomingMessage): void {
    if (this.#ended) return;
    const { statusCode: status } = response;
    if (status === 401 || status === 403) {
      this.close();
      this.#handler.authenticationRefused(status);
      return;
    }
    const cause = describeRefusedUpgrade(response, this.#url, this.#clock.now());
    this.#end('network_error', cause.message, cause);
  }

  #failed(error: Error): void {
    const { detail, cause } = describeSocketFailure(error, this.#url);
    this.#broken('network_error', detail, cause);
  }

  #setLiteMode(): void {
    if (this.#liteModeSet) return;
    this.#liteModeSet = true;
    this.#request('mode', encodeMode([CHANNEL_NUMBERS.lite], 'lite'));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#ended) return;
    const at = this.#clock.now();
    const heardAt = this.#clock.monotonic();
    // A message may have waited in the socket while the machine slept: it is seen before any timer.
    this.#checkInterruption(at, heardAt);
    if (this.#ended) return;
    this.#lastByteAt = heardAt;
    this.messages++;
    this.bytes += data.length;
    if (!isBinary) return;
    const before = this.#decoder.counters.dataFrames;
    this.#handler.received?.(data, at);
    this.#decoder.decode(data, at, heardAt);
    if (this.#decoder.counters.dataFrames !== before) this.#handler.dataArrived(at, heardAt);
  }

  #heard(): void {
    this.#lastByteAt = this.#clock.monotonic();
  }

  #answered(response: ControlResponse): void {
    const answer = this.#pending.take(response.type);
    if (answer === undefined) return;
    if (answer.purpose === 'check') this.#isInDoubt = false;
    if (response.type === 'auth') {
      this.#authenticated = response.ok;
      if (response.ok) this.#handler.authenticated();
      else this.#handler.authenticationRefused();
    }
    const isRefusedQuestion = answer.purpose === 'question' && !response.ok;
    if (response.type === 'subscribe' && !isRefusedQuestion) this.#handler.subscribed(answer.topics, response.ok);
    this.#handler.answered();
  }

  #request(type: ControlType, frame: Buffer, topics: readonly WantedTopic[] = [], purpose: Purpose = 'ordinary'): void {
    this.#pending.add({ type, topics, purpose, sentAt: this.#clock.monotonic() });
    this.#send(frame);
  }

  /** Whether this process, or the machine, was interrupted. That may end the connection. */
  #checkInterruption(wallMs: number, monotonicMs: number): boolean {
    const interruption = this.#interruptions.look(wallMs, monotonicMs);
    if (interruption === undefined) return false;
    const { kind, ms } = interruption;
    if (kind === 'clock_jump') {
      const detail = `the machine slept, or its clock was set ${(ms / 1_000).toFixed(0)} s ahead`;
      this.#end('clock_jump', detail);
      return true;
    }
    this.#restartTimes();
    if (!this.authenticated) return true;
    this.#isInDoubt = true;
    this.#request('mode', encodeMode([CHANNEL_NUMBERS.full], 'full'), [], 'check');
    this.#handler.stoodStill(ms);
    return true;
  }

  /** Restarts the time limits: answers may have come and not been read. */
  #restartTimes(): void {
    this.#heard();
    this.#pending.restart(this.#clock.monotonic());
  }

  #send(frame: Buffer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  /** The byte clock. Any answer proves the connection, so a silent one is asked to set the mode it already has. */
  #beat(): void {
    // A server that has closed the WebSocket may keep the TCP connection open.
    if (this.#socket.readyState === WebSocket.CLOSING) this.#end('server_closed', 'the server closes it');
    // Messages may wait in the socket: they are read before any time limit is checked.
    if (this.#checkInterruption(this.#clock.now(), this.#clock.monotonic())) return;
    if (this.#paused || this.#socket.readyState !== WebSocket.OPEN) return;
    const now = this.#clock.monotonic();
    const oldest = this.#pending.findOwed();
    const timeoutMs = oldest?.type === 'auth' ? this.#handshakeTimeoutMs : ANSWER_TIMEOUT_MS;
    if (oldest && now - oldest.sentAt >= timeoutMs) {
      const silent = now - this.#lastByteAt >= SILENCE_BEFORE_PROBE_MS;
      this.#end(silent ? 'dead_connection' : 'answer_timeout', `no answer to ${oldest.type}`);
      return;
    }
    if (!oldest && now - this.#lastByteAt >= SILENCE_BEFORE_PROBE_MS) {
      this.#request('mode', encodeMode([CHANNEL_NUMBERS.full], 'full'));
    }
    this.#handler.heartbeat();
  }

  /** The socket has ended. After a sleep of the machine the sleep is the reason. */
  #broken(reason: BreakReason, detail: string, cause?: AttemptError): void {
    if (!this.#ended) this.#checkInterruption(this.#clock.now(), this.#clock.monotonic());
    this.#end(reason, detail, cause);
  }

  #end(reason: BreakReason, detail: string, cause?: AttemptError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#handler.closed(reason, detail, cause);
  }

  #release(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#pending.clear();
    // An aborted handshake reports an error, which must not be unhandled; #end ignores it.
    this.#socket.terminate();
  }
}

function nameOf(topic: WantedTopic): string {
  return topic.name;
}

function* framesOf(topics: readonly WantedTopic[]): Generator<readonly WantedTopic[]> {
  for (let at = 0; at < topics.length; at += MAX_TOPICS_PER_FRAME) yield topics.slice(at, at + MAX_TOPICS_PER_FRAME);
}
