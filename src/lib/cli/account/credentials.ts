import { APP_ID } from '../../auth/access-token.ts';
import { AppSecret, readSecretFile } from '../../auth/app-secret.ts';
import { readLastLogin } from '../../auth/stored-login.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { tokenFileOf } from '../../host/user-directories.ts';
import type { CommandContext } from '../program/program.ts';
import type { SettingSource } from '../settings/settings.ts';
import { askOnTerminal, canAsk, type Question } from './ask.ts';
import type { LoginFlags } from './login-flags.ts';

/** The app id and its secret, as `findAppId` and `findAppSecret` find them. @param sources where the values of the flags come from */
export async function findCredentials(
  flags: LoginFlags,
  sources: Readonly<Record<string, SettingSource>>,
  context: CommandContext,
): Promise<{ readonly appId: string; readonly secret: AppSecret }> {
  const appId = await findAppId(flags, sources['app-id'], context);
  return { appId, secret: await findAppSecret(flags, context) };
}

/**
 * The app id: `--app-id`, `FYERS_APP_ID`, the profile, what the last login used, else the answer to a question on the terminal. Throws
 * `USAGE`, and the signal's reason.
 * @param source where the flag's value comes from
 */
async function findAppId(
  { 'app-id': flag }: LoginFlags,
  source: SettingSource | undefined,
  context: CommandContext,
): Promise<string> {
  const { program, signal, profile } = context;
  const variable = program.env['FYERS_APP_ID']?.trim() || undefined;
  const given = source === 'profile' ? (variable ?? flag) : (flag ?? variable);
  const known = given ?? (await readLastLogin(tokenFileOf(program.env, profile), signal))?.appId;
  const text = known ?? (await ask({ text: 'app id (XXXXXXXXXX-100): ', isHidden: false }, context))?.trim();
  if (text === undefined) {
    throw new TickpipeError('USAGE', 'no app id was given', {
      hint: 'use --app-id XXXXXXXXXX-100, or set FYERS_APP_ID',
    });
  }
  if (APP_ID.test(text)) return text;
  throw new TickpipeError('USAGE', 'the app id is malformed', { hint: 'it looks like XXXXXXXXXX-100' });
}

/**
 * The app secret: `--secret-file`, `FYERS_SECRET_KEY`, else the answer to a question on the terminal, which does not show it. Throws
 * `USAGE`, `APP_SECRET_UNUSABLE`, `SECRET_FILE_UNSAFE`, and the signal's reason.
 */
async function findAppSecret({ 'secret-file': file }: LoginFlags, context: CommandContext): Promise<AppSecret> {
  const { program, signal } = context;
  if (file !== undefined) return readSecretFile(file, signal);
  const variable = program.env['FYERS_SECRET_KEY'];
  if (variable?.trim()) return new AppSecret(variable, 'in FYERS_SECRET_KEY');
  const typed = await ask({ text: 'app secret (it is not shown): ', isHidden: true }, context);
  if (typed !== undefined) return new AppSecret(typed, 'that was typed');
  throw new TickpipeError('USAGE', 'no app secret was given', {
    hint: 'use --secret-file FILE, or set FYERS_SECRET_KEY',
  });
}

async function ask(question: Question, context: CommandContext): Promise<string | undefined> {
  return canAsk(context) ? askOnTerminal(question, context) : undefined;
}
