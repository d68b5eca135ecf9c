import path from 'node:path';
import { createTokenSource } from '../../auth/token-source.ts';
import { fromPlainError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { selectEnvironment } from '../../host/child-environment.ts';
import { NotStarted, spawnDetached } from '../../host/detached-process.ts';
import { symbolsOf, toWire } from '../../market/kinds.ts';
import { backgroundCommandOf } from '../program/background-command.ts';
import type { CommandContext } from '../program/program.ts';
import { openWhere } from '../stream/open-where.ts';
import type { RecordedSymbols } from './record.ts';
import type { RecordFlags } from './record-flags.ts';
import { recordedKinds } from './record-subscriptions.ts';
import { createRecorderLog } from './recorder-log.ts';
import { HANDED_OVER, type RecorderSpawnConfig } from './recorder-spawn-config.ts';
import { createSegmentLookup } from './segment-lookup.ts';
import { openSessionWindow } from './session-hours.ts';

/** Starts a recording in the background and reports its pid and log, unless there is nothing to record today. Throws the error of a recording that did not start. */
export async function startRecorder(what: RecordedSymbols, flags: RecordFlags, context: CommandContext): Promise<void> {
  const { program, reporter, signal } = context;
  const { env, clock } = program;
  // A condition that is wrong is reported here, before a process is started.
  await openWhere(flags.where, recordedKinds(what.kinds), reporter);
  if (flags['session-hours']) {
    const lookUp = createSegmentLookup(flags, context);
    if (!(await openSessionWindow(symbolsOf(what.subscriptions), context, lookUp))) return;
  }
  const config = makeSpawnConfig(what, flags, await readGivenToken(flags, context), context);
  // Opens the file that the recording will open, so the path that is printed exists.
  const log = createRecorderLog(env, clock).open();
  const { pid, answer } = await spawnDetached(
    backgroundCommandOf(program, 'record'),
    selectEnvironment(env),
    config,
    signal,
  ).catch((error) => {
    throw error instanceof NotStarted ? failed('the recording cannot be started') : error;
  });
  if (answer === undefined)
    throw failed(`the recording ended before it began${log === undefined ? '' : `; see ${log}`}`);
  if ('error' in answer) throw fromPlainError(answer.error);
  const where = log === undefined ? '' : `; its messages are in ${log}`;
  reporter.info(`recording in the background, pid ${pid}${where}`, {
    event: 'detached',
    pid: pid ?? null,
    log: log ?? null,
  });
  if (log === undefined) {
    reporter.warn('the messages of the recording are lost: no log can be written', { event: 'no_log' });
  }
}

const failed = (message: string): TickpipeError => new TickpipeError('BUG', message);

type GivenToken = { readonly file: string } | { readonly text: string } | undefined;

/**
 * A token from a pipe is passed on as text. A token file and a stored login are passed on by their path: the recording reads it each
 * day. The token of a variable goes with the variables. Throws coded errors.
 */
async function readGivenToken(
  { 'token-file': tokenFile }: RecordFlags,
  { program, signal, profile }: CommandContext,
): Promise<GivenToken> {
  const { env } = program;
  const tokens = createTokenSource({ tokenFile, env, profile, signal });
  if (tokens.origin === 'environment') return undefined;
  const { appId, jwt } = await tokens.read();
  const file = tokens.lastingFile();
  return file === undefined ? { text: `${appId}:${jwt}` } : { file };
}

function makeSpawnConfig(
  { subscriptions, kinds }: RecordedSymbols,
  flags: RecordFlags,
  token: GivenToken,
  { program, reporter, profile }: CommandContext,
): RecorderSpawnConfig {
  const { env } = program;
  const { style } = reporter;
  const { 'max-retries': maxRetries, where, count, duration, until } = flags;
  const environment: RecorderSpawnConfig['environment'] = {};
  for (const name of HANDED_OVER) {
    const value = env[name];
    if (value !== undefined && value !== '') environment[name] = value;
  }
  if (token && 'text' in token) environment['FYERS_ACCESS_TOKEN'] = token.text;
  return {
    subscriptions: toWire(subscriptions),
    kinds: [...kinds],
    settings: {
      feed: 'fyers',
      ...(token && 'file' in token && { 'token-file': token.file }),
      'stall-timeout': flags['stall-timeout'],
      ...(maxRetries !== undefined && { 'max-retries': maxRetries }),
      linger: flags.linger,
      dir: path.resolve(flags.dir),
      gzip: flags.gzip,
      rotate: flags.rotate,
      'max-size': flags['max-size'],
      strict: flags.strict,
      ...(where !== undefined && { where }),
      ...(count !== undefined && { count }),
      ...(duration !== undefined && { duration }),
      ...(until !== undefined && { until }),
      'session-hours': flags['session-hours'],
    },
    profile,
    environment,
    // People read the log of a recording later, so it gets the messages of a terminal.
    report: { ...style, level: style.level === 'warnings' ? 'normal' : style.level },
  };
}
