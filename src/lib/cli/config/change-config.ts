import { errnoOf } from '../../errors/errno.ts';
import { changeTextFile } from '../../host/change-text-file.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import type { CommandContext } from '../program/program.ts';
import { locateConfigFile, MAX_CONFIG_BYTES } from '../settings/config-file.ts';

/**
 * Changes the text of the configuration file, as `changeTextFile` does. Returns whether it changed. Throws `OUTPUT_FAILED` and what
 * `change` throws.
 */
export async function changeConfigText(
  { program, signal }: CommandContext,
  change: (text: string | undefined) => string | undefined,
): Promise<boolean> {
  const { env, clock } = program;
  const { file, required } = locateConfigFile(env);
  try {
    // The folder of a file that the user named is not for us to make.
    return await changeTextFile(
      file,
      { env, clock, signal, maxBytes: MAX_CONFIG_BYTES, makesDirectory: !required },
      change,
    );
  } catch (error) {
    throw errnoOf(error) === undefined ? error : outputFailed(file, error);
  }
}
