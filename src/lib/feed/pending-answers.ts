import type { ControlType } from '../hsm/control.ts';
import type { WantedTopic } from './subscriptions.ts';

/**
 * Why a request was sent. An `ordinary` one must be answered. A `question` of the stall watch may stay without an answer, or be
 * refused: the watch judges that. A `renewal` may not be refused: its topics are unsubscribed. A `check` follows an interruption.
 */
export type Purpose = 'ordinary' | 'question' | 'renewal' | 'check';

/** A request whose answer has not come. */
export interface PendingAnswer {
  readonly type: ControlType;
  readonly topics: readonly WantedTopic[];
  readonly purpose: Purpose;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
}

/** The requests of a connection that wait for their answers, oldest first. An answer names only the type of its request. */
export class PendingAnswers {
  #list: PendingAnswer[] = [];

  add(answer: PendingAnswer): void {
    this.#list.push(answer);
  }

  /** Takes out the oldest request of a type: an answer of that type is for it. */
  take(type: ControlType): PendingAnswer | undefined {
    const position = this.#list.findIndex((pending) => pending.type === type);
    return position < 0 ? undefined : this.#list.splice(position, 1)[0];
  }

  /** The oldest request that the server must answer; without the answer the connection is broken. */
  findOwed(): PendingAnswer | undefined {
    return this.#list.find(isOwed);
  }

  /** Restarts the time limit of each answer: answers may have come and not been read. @param sentAt monotonic milliseconds */
  restart(sentAt: number): void {
    this.#list = this.#list.map((answer) => ({ ...answer, sentAt }));
  }

  forgetQuestions(): void {
    this.#list = this.#list.filter(({ purpose }) => !isQuestion(purpose));
  }

  clear(): void {
    this.#list = [];
  }
}

/** A subscribe of live topics needs no answer: the answer may have been taken for that to an earlier question. */
function isOwed({ type, purpose, topics }: PendingAnswer): boolean {
  const isLive = type === 'subscribe' && topics.every(({ stage }) => stage === 'live');
  return !isQuestion(purpose) && !isLive;
}

function isQuestion(purpose: Purpose): boolean {
  return purpose === 'question' || purpose === 'renewal';
}
