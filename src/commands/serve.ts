import { BaseCommand } from '../lib/cli/command/base-command.ts';
import {
  connectionFlags,
  DEFAULT_LINGER_MS,
  hubFlags,
  integerFlag,
  playbackFlags,
  repeatedFlag,
  valueFlag,
} from '../lib/cli/command/flags.ts';
import { readHubToken } from '../lib/cli/feed/hub-token.ts';
import { type FeedChoice, readServedFeed } from '../lib/cli/program/flag-values.ts';
import { InvalidValue } from '../lib/errors/invalid-value.ts';
import { checkBind } from '../lib/hub/server/bind-check.ts';

const GROUP = 'server';
const MAX_PORT = 65_535;

export default class Serve extends BaseCommand {
  static override summary = 'run the shared session in the foreground, with REST, WebSocket and the live page';
  static override description =
    `Lets other programs use the account's one connection: REST and WebSocket (see /openapi.json), figures for Prometheus (/metrics), /healthz and a live page (/). Commands of this user share it, too. With --feed sim the connection is a simulated one, and commands with --feed sim share that. When a hub runs already, serve adds its address to that hub. Prints no row: the address is in a message on stderr. Ends with 0 after tickpipe stop, with 130 at Ctrl-C.

A loopback address needs no bearer token: every user of this machine can use it. Any other --host needs one, from --hub-token-file or TICKPIPE_HUB_TOKEN.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --feed sim',
    "curl -X POST 'http://127.0.0.1:8001/api/websocket/subscribe?symbols=NSE:SBIN-EQ&data_type=SymbolUpdate'",
    '<%= config.bin %> stream symbols NSE:SBIN-EQ --feed ws://127.0.0.1:8001',
    '<%= config.bin %> <%= command.id %> --feed file:recordings/date=2026-11-23 --speed 60 --loop',
    '<%= config.bin %> <%= command.id %> --host 0.0.0.0 --hub-token-file ~/.tickpipe-token',
  ];
  static override flags = {
    feed: valueFlag<Exclude<FeedChoice, URL>>((text) => readServedFeed(text))({
      summary: 'what to serve: the live FYERS socket, a simulator in this process, or a recording',
      helpGroup: 'source',
      helpValue: 'fyers|sim|file:PATH',
      default: 'fyers',
    }),
    ...playbackFlags,
    'token-file': hubFlags['token-file'],
    'hub-token-file': hubFlags['hub-token-file'],
    host: valueFlag((text) => text)({
      summary: 'the address to listen on',
      helpGroup: GROUP,
      helpValue: '<address>',
      default: '127.0.0.1',
    }),
    port: integerFlag(
      0,
      MAX_PORT,
    )({
      summary: 'the port to listen on; 0 takes any free one',
      helpGroup: GROUP,
      helpValue: '<n>',
      default: 8_001,
    }),
    'allow-origin': repeatedFlag(readOrigin)({
      summary: 'a web page of another origin that may use the API, as in https://my.page; may be given several times',
      helpGroup: GROUP,
      helpValue: '<origin>',
    }),
    'stall-timeout': connectionFlags['stall-timeout'],
    'max-retries': connectionFlags['max-retries'],
  };

  override async run(): Promise<number> {
    const { flags } = await this.parseFlags(Serve);
    const { host, port } = flags;
    const token = await readHubToken(flags, this.context);
    checkBind(host, token);
    const allowOrigins = flags['allow-origin'] ?? [];
    const { serveHub } = await import('../lib/cli/hub/serve-hub.ts');
    const address = { host, port, allowOrigins, ...(token !== undefined && { token }) };
    // It starts a hub of its own when the one that it is attached to ends.
    await serveHub({ ...flags, linger: DEFAULT_LINGER_MS }, address, this.context);
    return 0;
  }
}

/** An origin as browsers write it. Throws `InvalidValue`. */
function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')) return url.origin;
  throw new InvalidValue('expected scheme, host and port, as in https://my.page');
}
