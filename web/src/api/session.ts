/** Signing in: what the platform answers, step by step. */

import type { Named } from "./contract";
import { ask } from "./http";

export interface Who {
  account: string;
  login: string;
  name: string;
  power: string;
  second_factor: boolean;
  recovery_codes_left: number;
  /** What its grants allow somewhere: only that is offered, and asked for. */
  may: string[];
  token: string;
  ends_at: number;
  idle_ends_at: number;
}

/** Somebody is in; `recovery_codes` are shown this once, where there are new ones. */
export interface Entered {
  account: string;
  token: string;
  recovery_codes: string[];
}

/** One more thing is asked for: a code, or a second factor to be set up. */
export interface Step {
  step: "second_factor" | "enrol";
  ticket: string;
  key: string;
  uri: string;
  /** The address as a picture: rows of `0` and `1`. */
  qr: string[];
}

export const isStep = (said: Entered | Step): said is Step => "step" in said;

const SESSION = "api/v1/session";

/** What else than a password one signs in with: a provider of identities, by name. */
export interface Ways {
  provider: Named | null;
}

export const PROVIDER = `${SESSION}/provider`;
export const askWays = (): Promise<Ways> => ask(`${SESSION}/ways`);
export const askWho = (): Promise<Who | { visitor: true }> => ask(SESSION);
export const begin = (login: string, password: string): Promise<Entered | Step> =>
  ask(SESSION, { login, password });
export const recover = (secret: string, password: string): Promise<Entered | Step> =>
  ask(`${SESSION}/recovery`, { secret, password });
export const prove = (ticket: string, code: string): Promise<Entered> =>
  ask(`${SESSION}/second-factor`, { ticket, code });
export const enrol = (ticket: string, code: string): Promise<Entered> =>
  ask(`${SESSION}/enrol`, { ticket, code });
export const changePassword = (old: string, next: string): Promise<Entered> =>
  ask(`${SESSION}/password`, { old, new: next });
export const newFactor = (password: string): Promise<Step> =>
  ask(`${SESSION}/new-factor`, { password });
export const leave = (everywhere: boolean): Promise<unknown> =>
  ask(everywhere ? `${SESSION}/all` : SESSION, undefined, { method: "DELETE" });
