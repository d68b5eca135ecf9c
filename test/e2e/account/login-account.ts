import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { SimulatorOptions } from '../../../src/lib/simulator/simulator.ts';
import { freePort } from '../../support/free-port.ts';
import { SharedAccount } from '../hub/shared-account.ts';
import { environment, PROGRAM, Running, type StartOptions } from '../program.ts';
import { BrowserScript } from './browser-script.ts';

/** An account that nobody has logged in to yet, on a simulator of its own, and `tickpipe login` with it. */
export class LoginAccount {
  readonly shared: SharedAccount;
  /** Registered on the simulated app, as every address of loopback. Nothing listens there. */
  readonly redirectUri: string;
  readonly browser = new BrowserScript();

  private constructor(shared: SharedAccount, redirectUri: string) {
    this.shared = shared;
    this.redirectUri = redirectUri;
  }

  static async create(options: SimulatorOptions = {}): Promise<LoginAccount> {
    const redirectUri = `http://127.0.0.1:${await freePort()}/callback`;
    const account = new LoginAccount(await SharedAccount.create(options), redirectUri);
    // It is of the simulator itself: these tests get theirs by a login.
    account.shared.env['FYERS_ACCESS_TOKEN'] = undefined;
    return account;
  }

  /** Where the tokens of logins are. */
  get tokenFolder(): string {
    return path.join(this.shared.home, '.config', 'tickpipe', 'tokens');
  }

  get tokenFile(): string {
    return path.join(this.tokenFolder, 'default.json');
  }

  /** The files that logins left. */
  get stored(): string[] {
    return existsSync(this.tokenFolder) ? readdirSync(this.tokenFolder) : [];
  }

  /** `tickpipe login` with `$BROWSER`. */
  login(args: readonly string[] = [], options: StartOptions = {}): Running {
    return this.shared.start(this.#argumentsOf(args), { ...options, env: { ...this.#env, ...options.env } });
  }

  /** The same with a stdin that the test writes to when it knows what. */
  loginWithOpenInput(args: readonly string[] = []): Running {
    const env = environment({ ...this.shared.env, ...this.#env });
    return new Running(spawn(process.execPath, [PROGRAM, ...this.#argumentsOf(args)], { env, stdio: 'pipe' }));
  }

  get #env(): Record<string, string> {
    return { BROWSER: this.browser.file };
  }

  #argumentsOf(args: readonly string[]): string[] {
    return ['login', '--redirect-uri', this.redirectUri, ...args];
  }
}
