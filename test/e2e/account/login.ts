import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as send } from 'node:http';
import path from 'node:path';
import { expect } from 'vitest';
import { AuthServer } from '../../support/auth-server.ts';
import { afterTest, emptyFolder, type Running, start } from '../program.ts';

export const APP_ID = 'ABCDEFGHIJ-100';
export const SECRET = 'SECRETKEY1';

/** A user with a home directory and a broker. */
export class Person {
  readonly home = emptyFolder();
  readonly broker: AuthServer;
  readonly env: Readonly<Record<string, string>>;

  private constructor(broker: AuthServer) {
    this.broker = broker;
    this.env = { HOME: this.home, TICKPIPE_AUTH_URL: broker.url };
  }

  static async create(): Promise<Person> {
    const broker = await AuthServer.start();
    afterTest(() => broker.close());
    return new Person(broker);
  }

  /** The file with the app secret, of mode 0600. */
  get secretFile(): string {
    const file = path.join(this.home, 'secret');
    writeFileSync(file, `${SECRET}\n`);
    chmodSync(file, 0o600);
    return file;
  }

  get loginFile(): string {
    return path.join(this.home, '.config/tickpipe/tokens/default.json');
  }

  /** The stored token, when there is one. */
  get stored(): unknown {
    if (!existsSync(this.loginFile)) return undefined;
    expect(statSync(this.loginFile).mode & 0o777).toBe(0o600);
    return JSON.parse(readFileSync(this.loginFile, 'utf8'));
  }

  /** What is stored after a login. */
  get login(): unknown {
    return { app_id: APP_ID, access_token: this.broker.jwt };
  }

  tickpipe(args: readonly string[], { input, env }: { input?: string; env?: Record<string, string> } = {}): Running {
    return start(args, { env: { ...this.env, ...env }, ...(input !== undefined && { input }) });
  }
}

/** The address that `login` has printed, once it has. */
export async function addressOf(running: Running): Promise<URL> {
  await running.until(() => /open http\S+\n/.test(running.stderr));
  return new URL(/open (http\S+)\n/.exec(running.stderr)?.[1] ?? '');
}

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly html: string;
  /** Where it was found in the end. */
  readonly address: string;
}

interface OpenOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** One of several addresses that the host has. */
  readonly at?: string;
}

/** What a browser does with an address: one request, with these headers beside its own, and another one where it is sent on. */
export async function open(address: string | URL, options: OpenOptions = {}): Promise<Page> {
  const page = await request(new URL(address), options);
  return page.status === 303 ? request(new URL(String(page.headers.location)), { ...options, method: 'GET' }) : page;
}

function request(url: URL, { method = 'GET', headers = {}, at }: OpenOptions): Promise<Page> {
  const options = { method, headers: { host: url.host, ...headers }, agent: false, ...(at && { hostname: at }) };
  return new Promise((resolve, reject) => {
    const sent = send(url, options, (response) => {
      let html = '';
      response.on('data', (chunk) => {
        html += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, html, address: url.href });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
