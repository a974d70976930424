/** What a person decides: sent once, and said to be done only when it is on disk. */

import { reactive } from "vue";

import type { Done, Pace, Problem } from "../api/contract";
import { ask, Refused, type Manner } from "../api/http";
import { hearPace } from "./live";

export interface Notice {
  id: number;
  kind: "done" | "refused";
  text: string;
  problem?: Problem;
}

const MOST_NOTICES = 4;
const DONE_STAYS_MS = 9_000;

/** Newest last; refusals stay until they are closed. */
export const notices = reactive<Notice[]>([]);
let count = 0;

export function say(text: string): void {
  const id = push({ kind: "done", text });
  setTimeout(() => dismiss(id), DONE_STAYS_MS);
}

export function sayRefused(problem: Problem): void {
  push({ kind: "refused", text: "", problem });
}

function push(notice: Omit<Notice, "id">): number {
  count += 1;
  notices.push({ id: count, ...notice });
  if (notices.length > MOST_NOTICES) notices.shift();
  return count;
}

export function dismiss(id: number): void {
  const index = notices.findIndex((one) => one.id === id);
  if (index >= 0) notices.splice(index, 1);
}

/** POST a command; `done` words the answer, a refusal is shown with its remedy. */
async function send<T>(
  path: string,
  body: object,
  done?: (answer: T) => string,
  manner: Manner = {},
): Promise<boolean> {
  try {
    const answer = await ask<T>(path, body, manner);
    if (done) say(done(answer));
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    sayRefused(error.problem);
    return false;
  }
}

export const decideResponse = (
  fields: { proposal: string; approved: boolean; reason: string },
  done: (answer: Done) => string,
): Promise<boolean> => send("api/v1/commands/DecideResponse", fields, done);

export const decideRoute = (
  fields: { case: string; unit: string; reason: string },
  done: (answer: Done) => string,
): Promise<boolean> => send("api/v1/commands/DecideRoute", fields, done);

/** A move of a case that was seen at a revision: whoever comes second is told, and moves nothing. */
export const makeMove = (
  fields: { case: string; move: string; revision: number; once: string; said: object },
  done: (answer: Done) => string,
): Promise<boolean> =>
  send(`api/v1/cases/${encodeURIComponent(fields.case)}/moves/${fields.move}`, fields.said, done, {
    ifMatch: `"${fields.revision}"`,
    once: fields.once,
  });

export const confirmSighting = (
  fields: { report: string; confirmed: boolean; type: string; reason: string },
  done: (answer: Done) => string,
): Promise<boolean> => send("api/v1/commands/ConfirmSighting", fields, done);

export const decideTriage = (
  fields: { report: string; type: string; reason: string },
  done: (answer: Done) => string,
): Promise<boolean> => send("api/v1/commands/DecideTriage", fields, done);

export async function setPace(next: Partial<Pace>): Promise<void> {
  if (await send("api/v1/demo/pace", next)) hearPace(next);
}

export const makeHappen = (kind: string, area: string | undefined, done: string): Promise<boolean> =>
  send("api/v1/demo/event", { kind, ...(area && { area }) }, () => done);
