/** A drill as the platform tells of it; lengths are minutes of the city, instants microseconds. */

import type { Named, Problem } from "./contract";

export interface DrillAbout {
  scenario: string;
  title: Named;
  brief: Named;
  began_at: number;
  until_at: number;
  state: "running" | "debriefing" | "ready" | "failed";
  done_min: number;
  of_min: number;
  pages: Record<string, string>;
  problem: Problem | null;
}

export interface Reason {
  code: string;
  text: Named;
  about: string;
}

export type AnswerState =
  | "open"
  | "given"
  | "approved"
  | "refused"
  | "lapsed"
  | "superseded"
  | "settled";

export interface Answer {
  state: AnswerState;
  by: string;
  at: number | null;
  minutes: number | null;
  chosen: Named | null;
  right: boolean | null;
}

export interface DecisionSeen {
  kind: string;
  subject: string;
  what: Named;
  area: Named;
  asked_at: number;
  was_asked: boolean;
  you: Answer;
  alone: Answer | null;
}

export interface FigureSeen {
  code: string;
  text: Named;
  unit: Named;
  source: Named;
  you: number | null;
  alone: number | null;
  you_of: number | null;
  alone_of: number | null;
}

/** What the screen shows of a debrief; the page has all of it. */
export interface Debrief {
  held: { ended_at: number; ended_by: "evening_over" | "operator" | "stopped" };
  figures: FigureSeen[];
  strengths: Reason[];
  again: Reason[];
  decisions: DecisionSeen[];
}
