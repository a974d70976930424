/** Accounts and grants, for those who keep or audit them: asked when somebody looks, never on their own. */

import type { Done, Named, Problem } from "../api/contract";
import { ask, Refused } from "../api/http";

export interface Account {
  account: string;
  login: string;
  name: string;
  kind: "person" | "service";
  state: "open" | "suspended" | "closed" | "erased";
  power: string;
  opened_at: number;
  has_password: boolean;
  second_factor: boolean;
  has_second_factor: boolean;
  /** Until when a secret of one use waits; 0 where none does. */
  secret_until: number;
}

export interface AccountsSaid {
  accounts: Account[];
  next: string | null;
}

export interface Role {
  code: string;
  name: Named;
  purposes: Record<string, Named>;
  second_factor: boolean;
  /** `system`, `security` or `audit`; empty for the roles of those who do the work. */
  power: string;
  may_give: boolean;
}

export interface Grant {
  grant: string;
  account: string;
  role: string;
  area: string;
  unit: string;
  purpose: string;
  from_at: number;
  until_at: number | null;
  nature: "standing" | "emergency" | "stand_in";
  ground: string;
  by: string;
  state: "given" | "withdrawn" | "lapsed";
}

/** A secret of one use is shown once and kept nowhere. */
export interface Issued {
  account: string;
  secret: string;
  expires_at: number;
  waits: boolean;
}

export interface AskedAccounts {
  login: string;
  state: string;
}

export interface Opening {
  login: string;
  name: string;
  kind: "person" | "service";
  power: string;
  second_factor: boolean;
}

export interface GivenGrant {
  role: string;
  area: string;
  unit: string;
  purpose: string;
  until_at: number | null;
  nature: Grant["nature"];
  ground: string;
}

const AT = "api/v1/accounts";
const COMMANDS = "api/v1/commands";
const MICROSECONDS_AN_HOUR = 3_600_000_000;

/** The answer, or why there is none. */
export async function orProblem<T>(asked: Promise<T>): Promise<T | { refused: Problem }> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: error.problem };
  }
}

export const isRefused = (said: object): said is { refused: Problem } => "refused" in said;

export function accountsOf(asked: AskedAccounts, cursor: string): Promise<AccountsSaid> {
  const query = new URLSearchParams({ limit: "50" });
  if (asked.login) query.set("login", asked.login);
  if (asked.state) query.set("state", asked.state);
  if (cursor) query.set("cursor", cursor);
  return ask<AccountsSaid>(`${AT}?${query}`);
}

export const rolesOf = async (): Promise<Role[]> =>
  (await ask<{ roles: Role[] }>("api/v1/roles")).roles;

export async function grantsOf(account: string): Promise<Grant[]> {
  const query = new URLSearchParams({ account: `account:${account}`, limit: "200" });
  return (await ask<{ grants: Grant[] }>(`api/v1/grants?${query}`)).grants;
}

export const openAccount = (opening: Opening): Promise<Issued> => ask<Issued>(AT, opening);
export const issueSecret = (account: string): Promise<Issued> =>
  ask<Issued>(`${AT}/${account}/secret`, {});

export type Becoming = "SuspendAccount" | "ResumeAccount" | "CloseAccount";
export const become = (command: Becoming, account: string, reason: string): Promise<Done> =>
  ask<Done>(`${COMMANDS}/${command}`, { account, reason });

export const giveGrant = (account: string, given: GivenGrant): Promise<Done> =>
  ask<Done>(`${COMMANDS}/GiveGrant`, { grant: drawn(), account: `account:${account}`, ...given });
export const withdrawGrant = (grant: string, reason: string): Promise<Done> =>
  ask<Done>(`${COMMANDS}/WithdrawGrant`, { grant, reason });

/** Whether what was sent waits for a second person. */
export const isWaiting = (done: Done): boolean =>
  done.facts[0]?.startsWith("approval:") ?? false;

/** An instant some hours from now, by the clock of this machine. */
export const inHours = (hours: number): number =>
  Date.now() * 1_000 + hours * MICROSECONDS_AN_HOUR;

function drawn(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return [...random].map((one) => one.toString(16).padStart(2, "0")).join("");
}
