import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config as Oclif } from '@oclif/core/config';
import { EXIT } from '../../errors/catalogue.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import { describeInputFailure, readText } from '../../host/read-input.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import { knownFlagsOf } from '../command/base-command.ts';
import { reportOf } from '../program/error-report.ts';
import type { CommandContext, Program } from '../program/program.ts';
import { parseConfig } from '../settings/config-contents.ts';
import { checkChosenProfile, locateConfigFile, MAX_CONFIG_BYTES, readConfigText } from '../settings/config-file.ts';
import { askWhether } from './ask-whether.ts';
import { changeConfigText } from './change-config.ts';
import { runEditor } from './run-editor.ts';
import { findProblems } from './setting-checks.ts';

const NEW_FILE = `{
  "profiles": {
    "default": {}
  }
}
`;

/**
 * Opens the user's editor on a copy of the configuration file, checks the result and keeps it. On a terminal a result that cannot be
 * used can be edited again. Resolves to the exit status. Throws `USAGE` without an editor, `BAD_CONFIGURATION` when the editor fails or
 * its result cannot be used, `OUTPUT_FAILED`; the file is as before then.
 */
export async function editConfig(oclif: Oclif, context: CommandContext): Promise<number> {
  const { program, reporter, signal } = context;
  const { file } = locateConfigFile(program.env);
  const editor = program.env['VISUAL'] || program.env['EDITOR'];
  if (!editor) {
    throw new TickpipeError('USAGE', 'no editor: neither VISUAL nor EDITOR is set', {
      hint: `set one, as in EDITOR=nano tickpipe config edit, or edit ${file}`,
    });
  }
  const old = await readConfigText({ file, required: false }, signal);
  const begin = old === undefined || old.trim() === '' ? NEW_FILE : old;
  const copy = await makeCopy(begin);
  let keepsCopy = false;
  try {
    for (;;) {
      const status = await runEditor(editor, copy, program.env).catch((error: unknown) => {
        throw failed(`the editor cannot be started (${describeErrno(error)})`, `${file} is as before`);
      });
      const text = await readCopy(copy);
      if (signal.aborted) {
        keepsCopy = text !== begin;
        if (keepsCopy)
          reporter.warn(`stopped by a signal: the edited text is in ${copy}`, { event: 'kept', file: copy });
        signal.throwIfAborted();
      }
      if (status !== 0)
        throw failed(`the editor ended with ${status}`, `${file} is as before; the editor is ${editor}`);
      if (text === begin) {
        reporter.info(`nothing was changed in ${file}`);
        return EXIT.done;
      }
      const problem = await check(text, file, oclif, program);
      if (problem === undefined) {
        keepsCopy = true;
        await keep(text, old, copy, context);
        keepsCopy = false;
        reporter.info(`saved ${file}`);
        return EXIT.done;
      }
      if (program.stdin.isTTY !== true || program.stderr.isTTY !== true) throw problem;
      reporter.error(reportOf(problem));
      if (!(await askWhether('edit it again? [Y/n] ', context))) {
        throw failed('the edited text cannot be used', `${file} is as before`);
      }
    }
  } finally {
    if (!keepsCopy) await rm(path.dirname(copy), { recursive: true, force: true });
  }
}

/** A file with this text in a folder of its own, which only this user can enter. Throws `OUTPUT_FAILED`. */
async function makeCopy(text: string): Promise<string> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(path.join(tmpdir(), 'tickpipe-config-'));
    const copy = path.join(folder, 'config.json');
    await writeFile(copy, text, { mode: 0o600, flag: 'wx' });
    return copy;
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw outputFailed(`a copy for the editor in ${tmpdir()}`, error);
  }
}

async function readCopy(copy: string): Promise<string> {
  try {
    // No signal: what the user wrote is read in every case.
    const { signal } = new AbortController();
    return (await readText(copy, { maxBytes: MAX_CONFIG_BYTES, signal, filesOnly: true })).text;
  } catch (error) {
    throw failed(`the edited text cannot be read: ${describeInputFailure(error)}`, 'edit it again');
  }
}

/** What is wrong with a text, as an error that names the file. */
function check(text: string, file: string, oclif: Oclif, program: Program): Promise<TickpipeError | undefined> {
  return tryCoded(async () => {
    const config = parseConfig(text, file, knownFlagsOf(oclif));
    checkChosenProfile(config, file, program.env);
    for (const [name, settings] of config.profiles) {
      const [problem] = await findProblems(settings, `${file}: profiles.${name}`, oclif.commands, program.clock.now());
      if (problem) return problem;
    }
    return undefined;
  });
}

/** Puts the text in the file's place, unless the file has changed while the editor was open. */
async function keep(text: string, old: string | undefined, copy: string, context: CommandContext): Promise<void> {
  const { file } = locateConfigFile(context.program.env);
  await changeConfigText(context, (now) => {
    if (now === old) return text;
    throw new TickpipeError('OUTPUT_FAILED', `${file} was changed while the editor was open`, {
      hint: `your text is in ${copy}: copy from it what is missing`,
    });
  });
}

function failed(message: string, hint: string): TickpipeError {
  return new TickpipeError('BAD_CONFIGURATION', message, { hint });
}
