import { expect, it } from 'vitest';
import { type PendingAnswer, PendingAnswers, type Purpose } from '../../src/lib/feed/pending-answers.ts';
import type { WantedTopic } from '../../src/lib/feed/subscriptions.ts';

/** @param stage of its one topic */
function makeAnswer(type: PendingAnswer['type'], purpose: Purpose, sentAt: number, stage = 'sent'): PendingAnswer {
  return { type, purpose, sentAt, topics: [{ stage } as WantedTopic] };
}

it('an answer is for the oldest request of its type, which waits no longer', () => {
  const pending = new PendingAnswers();
  const [first, other, second] = [
    makeAnswer('subscribe', 'ordinary', 1),
    makeAnswer('mode', 'ordinary', 2),
    makeAnswer('subscribe', 'ordinary', 3),
  ];
  for (const answer of [first, other, second]) pending.add(answer);
  expect(pending.take('subscribe')).toBe(first);
  expect(pending.take('subscribe')).toBe(second);
  expect(pending.take('subscribe')).toBeUndefined();
  expect(pending.findOwed()).toBe(other);
  pending.clear();
  expect(pending.take('mode')).toBeUndefined();
});

it('answers to questions, and to the subscribe of live topics, are not owed', () => {
  const pending = new PendingAnswers();
  pending.add(makeAnswer('subscribe', 'question', 1));
  pending.add(makeAnswer('subscribe', 'renewal', 2));
  pending.add(makeAnswer('subscribe', 'ordinary', 3, 'live'));
  expect(pending.findOwed()).toBeUndefined();
  const owed = makeAnswer('unsubscribe', 'ordinary', 4, 'live');
  pending.add(owed);
  expect(pending.findOwed()).toBe(owed);
});

it('questions are forgotten apart; what is owed stays', () => {
  const pending = new PendingAnswers();
  pending.add(makeAnswer('subscribe', 'question', 1));
  pending.add(makeAnswer('subscribe', 'renewal', 2));
  const oldest = makeAnswer('subscribe', 'ordinary', 3);
  pending.add(oldest);
  pending.add(makeAnswer('snapshot', 'check', 4));
  pending.forgetQuestions();
  expect(pending.take('subscribe')).toBe(oldest);
  expect(pending.take('subscribe')).toBeUndefined();
  expect(pending.take('snapshot')?.purpose).toBe('check');
});

it('each may take its whole time again after an interruption', () => {
  const pending = new PendingAnswers();
  pending.add(makeAnswer('subscribe', 'ordinary', 1));
  pending.restart(500);
  expect(pending.take('subscribe')?.sentAt).toBe(500);
});
