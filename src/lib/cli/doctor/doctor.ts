import type { AccessToken } from '../../auth/access-token.ts';
import { createTokenSource, type GivenTokenSource } from '../../auth/token-source.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';
import type { ConnectionProbe } from './connection-probe.ts';
import { type HubSight, lookForHub } from './hub-sight.ts';
import { type Machine, thisMachine } from './machine.ts';
import { NetworkFindings } from './network-findings.ts';
import type { SettingFacts } from './setting-problems.ts';

export interface DoctorFlags extends HubFlags {
  /** Where recordings go. */
  readonly dir: string;
}

export interface DoctorOptions {
  readonly flags: DoctorFlags;
  readonly context: CommandContext;
  readonly settings: SettingFacts;
  readonly machine?: Machine;
}

/** What the checks work with, and what they share: each fact is found once. */
export class Doctor {
  readonly flags: DoctorFlags;
  readonly context: CommandContext;
  readonly settings: SettingFacts;
  readonly machine: Machine;
  readonly network = new NetworkFindings();
  readonly tokens: GivenTokenSource;
  #connection: { readonly probe: ConnectionProbe; readonly afterwards: () => void } | undefined;
  #token: Promise<AccessToken> | undefined;
  #hub: Promise<HubSight> | undefined;

  constructor({ flags, context, settings, machine = thisMachine }: DoctorOptions) {
    this.flags = flags;
    this.context = context;
    this.settings = settings;
    this.machine = machine;
    const { program, signal, profile } = context;
    this.tokens = createTokenSource({ tokenFile: flags['token-file'], env: program.env, profile, signal });
  }

  get feed(): FeedChoice {
    return this.flags.feed;
  }

  /** The token as it was given, which may have expired. Throws coded errors. */
  readToken(): Promise<AccessToken> {
    this.#token ??= this.tokens.read();
    return this.#token;
  }

  /** What holds the connection of the feed on this machine. Throws coded errors. */
  lookForHub(): Promise<HubSight> {
    const { flags, context } = this;
    this.#hub ??= lookForHub({ flags, context, readToken: () => this.readToken() });
    return this.#hub;
  }

  /** The connection of the socket check, which the snapshot is taken on. */
  get connection(): ConnectionProbe | undefined {
    return this.#connection?.probe;
  }

  keepConnection(probe: ConnectionProbe, afterwards: () => void): void {
    this.#connection = { probe, afterwards };
  }

  /** Ends the connection of the socket check, and gives the account's lock back. Safe to call twice. */
  closeConnection(): void {
    this.#connection?.probe.close();
    this.#connection?.afterwards();
    this.#connection = undefined;
  }
}
