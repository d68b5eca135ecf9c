import { describe, expect, it } from 'vitest';
import { INFY, SBIN, SBIN_TOPIC, setUp } from './live-feed-fixture.ts';

async function setUpLive() {
  const made = await setUp({ stallTimeoutMs: 0 });
  const { server, recorder, feed } = made;
  await feed.subscribe([SBIN]);
  await recorder.next('tick');
  await server.settle();
  server.events.take();
  const warnings = () => recorder.all.flatMap((event) => (event.type === 'warning' ? [event.event] : []));
  const gaps = () => recorder.all.flatMap((event) => (event.type === 'gap' ? [event.gap] : []));
  return { ...made, warnings, gaps };
}

describe('LiveFeed: a machine that slept', () => {
  it('has a gap from before the sleep, also when a message waits in the socket as it wakes', async () => {
    const { server, clock, recorder, gaps, warnings } = await setUpLive();
    const from = clock.now();
    clock.advance(700);
    clock.jumpWall(3_600_000);
    clock.advance(200);
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    const { reason, detail } = await recorder.nextState('disconnected');
    expect(reason).toBe('clock_jump');
    expect(detail).toBe('the machine slept, or its clock was set 3600 s ahead');
    clock.advance(0);
    await recorder.next('gap');
    expect(gaps()).toEqual([{ from, to: clock.now(), reason: 'clock_jump', symbols: [SBIN.symbol] }]);
    expect(clock.now() - from).toBe(3_600_900);
    // What waited is of before the sleep, and part of what the gap stands for.
    expect(recorder.all.filter((event) => event.type === 'tick' && event.ltp === 123.45)).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  it('slept, too, when the server closed the connection meanwhile', async () => {
    const { server, clock, recorder } = await setUpLive();
    clock.jumpWall(3_600_000);
    server.drop('cut');
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'clock_jump' });
  });
});

describe('LiveFeed: a clock that is set back', () => {
  it('leaves the connection alone', async () => {
    const { server, clock, recorder, pass, gaps } = await setUpLive();
    clock.jumpWall(-7_200_000);
    await pass(90);
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    await recorder.next('tick', (tick) => tick.ltp === 123.45);
    expect([server.connections, gaps()]).toEqual([1, []]);
  });

  it('during a break has a gap as long as the break was', async () => {
    const { server, clock, recorder, gaps } = await setUpLive();
    clock.advance(1_000);
    server.drop();
    const { retryAt, at } = await recorder.nextState('disconnected');
    clock.jumpWall(-7_200_000);
    clock.advance(retryAt - at);
    await recorder.next('gap');
    const to = clock.now();
    expect(gaps()).toEqual([
      { from: to - 1_000 - (retryAt - at), to, reason: 'server_closed', symbols: [SBIN.symbol] },
    ]);
  });

  it('names no symbol as silent before its time, and every one after it', async () => {
    const { server, clock, recorder, feed, pass } = await setUpLive();
    server.script.subscribe = 'acknowledge';
    await feed.subscribe([INFY]);
    await server.settle();
    clock.jumpWall(4_000);
    await pass(4);
    expect(recorder.all.filter(({ type }) => type === 'silent')).toEqual([]);
    clock.jumpWall(-60_000);
    await pass(1);
    expect(await recorder.next('silent')).toMatchObject({ subscriptions: [INFY] });
  });
});

describe('LiveFeed: a process that was stopped and goes on', () => {
  it('says so, keeps a connection that lives, and has no gap', async () => {
    const { server, clock, recorder, pass, gaps } = await setUpLive();
    clock.standStill(90_000);
    clock.advance(0);
    expect(await recorder.next('warning')).toEqual({
      type: 'warning',
      event: 'stood_still',
      message: 'the process that reads the data socket did not run for 90.0 s; its rows come late',
    });
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    await recorder.next('tick', (tick) => tick.ltp === 123.45);
    await pass(30);
    expect([server.connections, gaps()]).toEqual([1, []]);
  });

  it('notices it by a message that waited as well as by its own timers, once', async () => {
    const { server, clock, recorder, pass, warnings } = await setUpLive();
    clock.standStill(90_000);
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    await recorder.next('tick', (tick) => tick.ltp === 123.45);
    await pass(3);
    expect(warnings()).toEqual(['stood_still']);
  });

  it('has a gap from before it was stopped when the connection did not outlive that, whatever waited in the socket', async () => {
    const { server, clock, recorder, retry, gaps } = await setUpLive();
    const from = clock.now();
    server.script.mode = 'ignore';
    clock.standStill(90_000);
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    await recorder.next('tick', (tick) => tick.ltp === 123.45);
    server.drop();
    await retry();
    await recorder.next('gap');
    expect(gaps()).toEqual([{ from, to: clock.now(), reason: 'server_closed', symbols: [SBIN.symbol] }]);
  });

  it('has a gap from the last data when the connection outlived it and ended later', async () => {
    const { server, clock, recorder, retry, pass, gaps } = await setUpLive();
    clock.standStill(90_000);
    clock.advance(0);
    await pass(1);
    server.update([SBIN_TOPIC, { 0: 12_345 }]);
    await recorder.next('tick', (tick) => tick.ltp === 123.45);
    const from = clock.now();
    await pass(3);
    server.drop();
    await retry();
    await recorder.next('gap');
    expect(gaps()).toMatchObject([{ from, reason: 'server_closed' }]);
  });

  it('has a gap from its first data when that came after it was stopped', async () => {
    const { server, clock, recorder, retry, feed } = await setUp({ stallTimeoutMs: 0 });
    server.script.subscribe = 'acknowledge';
    await feed.subscribe([SBIN]);
    await recorder.nextState('live');
    server.script.mode = 'ignore';
    clock.standStill(90_000);
    server.snapshot(SBIN_TOPIC);
    await recorder.next('tick');
    const from = clock.now();
    server.script.subscribe = 'snapshot';
    server.drop();
    await retry();
    await recorder.next('gap');
    expect(recorder.all.flatMap((event) => (event.type === 'gap' ? [event.gap] : []))).toEqual([
      { from, to: clock.now(), reason: 'server_closed', symbols: [SBIN.symbol] },
    ]);
  });

  it('gives up a connection that does not answer within 10 s', async () => {
    const { server, clock, recorder } = await setUpLive();
    server.script.mode = 'ignore';
    clock.standStill(90_000);
    clock.advance(0);
    await server.settle();
    clock.advance(10_000);
    expect(await recorder.nextState('disconnected')).toMatchObject({ reason: 'answer_timeout' });
  });
});
