/** What the platform says over HTTP: instants are integer microseconds since 1970 UTC. */

export type Lang = "en" | "zh";
export type Named = Partial<Record<Lang, string>>;
export type WarningLevel = "blue" | "yellow" | "orange" | "red";

export interface City {
  id: string;
  name: Named;
  zone: string;
  languages: string[];
  bounds: { west: number; south: number; east: number; north: number };
  partition: string;
  policy_version: string;
  simulated: boolean;
  root_area: string;
}

export interface Area {
  code: string;
  level: string;
  parent: string;
  name: Named;
}

export interface Unit {
  code: string;
  name: Named;
  kind: string;
  parent: string;
}

export interface CaseType {
  code: string;
  name: Named;
  category: string;
  time_limit: string;
}

export interface Plan {
  code: string;
  name: Named;
}

export interface Sign {
  name: string;
  label: Named;
  unit: string;
  measures: string;
  /** Thresholds by level of area: `{district: {up: {blue: 35, …}}}`. */
  levels: unknown;
}

export interface WarningRow {
  warning: string;
  sign: string;
  type: string;
  area: string;
  level: WarningLevel | "";
  highest: WarningLevel | "";
  onset_at: number;
  code: string;
  params: Record<string, string>;
  state?: string;
  below_since?: number | null;
}

export interface Measure {
  name: Named;
  /** The case type of its task; empty where nobody has to carry it out. */
  type: string;
  /** Whose task it is; empty where the duty list says. */
  unit: string;
}

export interface ResponseRow {
  proposal: string;
  warning: string;
  response_level: string;
  plan: string;
  area: string;
  state: string;
  measures: Measure[];
}

export interface CaseRow {
  case: string;
  incident: string;
  type: string;
  area: string;
  state: string;
  unit: string;
  filed_at: number;
  due_at: number | null;
  fell_due: boolean;
  members: number;
  hops: number;
  rework: number;
  lon_e7?: number | null;
  lat_e7?: number | null;
}

/** A report on the intake desk. */
export interface IntakeReport {
  report: string;
  area: string;
  channel: string;
  state: string;
  waits_for: string;
  type: string;
  taken_at: number;
  wakes_at: number;
  round: number;
  title: string;
  text: string;
  place_text: string;
  notes: string[];
}

export interface Candidate {
  unit: string;
  ppm: number;
}

export interface DeskRow {
  case: string;
  report: string;
  type: string;
  area: string;
  unit: string;
  tried: string[];
  waits_for_person: boolean;
  candidates?: Candidate[];
}

export interface VitalRow {
  sign: string;
  type: string;
  area: string;
  window_s: number;
  value_micro: number;
  expected_ppm: number | null;
  surprise_milli: number | null;
  as_of: number;
}

export interface SignRow {
  sign: string;
  fresh: boolean;
  as_of: number;
  last_arrival_at: number;
}

export interface FeedRow {
  feed: string;
  taken: number;
  refused: number;
  last_seen_at: number;
  silent: boolean;
  silent_since_at: number | null;
}

export interface CrewRow {
  unit: string;
  state: string;
  lon_e7?: number | null;
  lat_e7?: number | null;
  case: string;
  since_at: number;
}

export interface AreaRow {
  area: string;
  reports: number;
  open_reports: number;
  last_report_at: number;
}

export interface Rows {
  warnings: WarningRow;
  responses: ResponseRow;
  cases: CaseRow;
  desks: DeskRow;
  vitals: VitalRow;
  signs: SignRow;
  feeds: FeedRow;
  crews: CrewRow;
  areas: AreaRow;
}

export type TableName = keyof Rows;

export interface Pace {
  rate: number;
  paused: boolean;
}

export interface Snapshot {
  cursor: number;
  now: number;
  pace?: Pace;
  rows: Partial<{ [T in TableName]: Rows[T][] }>;
}

export type Key = string | string[];

/** The net change of one durable commit. */
export interface Change {
  seq: number;
  now: number;
  put?: Partial<{ [T in TableName]: Rows[T][] }>;
  drop?: Partial<Record<TableName, Key[]>>;
}

export interface Clock {
  now: number;
  pace?: Pace;
}

/** One fact of a causal chain. */
export interface FactSeen {
  seq: number;
  id: string;
  kind: string;
  subject: string;
  area: string;
  happened_at: number;
  known_at: number;
  caused_by: string;
  actor: string;
  body: Record<string, unknown>;
}

export interface Member {
  report: string;
  text?: string;
  title?: string;
  channel?: string;
  received_at: number;
  /** What is sealed about the reporter, masked. */
  personal?: Record<string, string>;
  /** What was written and is shown masked. */
  masked?: string[];
  erased_at?: number | null;
}

/** A reason for which data of persons may be opened. */
export interface Purpose {
  code: string;
  name: Named;
  sensitive: boolean;
}

export interface Look {
  fact: string;
  fields: string[];
  purpose: string;
  ground: string;
}

export interface Opened {
  fact: string;
  person: string;
  fields: Record<string, string>;
  erased: string[];
  look: string;
  seen_at: number;
}

/** A look as it stands on the audit chain. */
export interface LookSeen {
  seq: number;
  at: number;
  actor: string;
  area: string;
  person: string;
  fact: string;
  kind: string;
  fields: string[];
  purpose: string;
  ground: string;
}

export interface LooksSaid {
  looks: LookSeen[];
  next: number | null;
}

/** What a machine proposed of a report, with its reasons. */
export interface Triaged {
  type: string;
  candidates: { type: string; ppm: number }[];
  reasons: { code: string; params: Record<string, string> }[];
}

/** A report as it was told, and where it stands. */
export interface ReportSeen {
  report: string;
  state: string;
  waits_for: string;
  diverted: boolean;
  type: string;
  case: string;
  taken: FactSeen;
  facts: FactSeen[];
}

export interface CaseSeen {
  case: CaseRow;
  members: Member[];
  chain: FactSeen[];
}

/** A file or words that show how it was, or is. */
export interface Evidence {
  evidence: string;
  kind: string;
  moment?: string;
  digest: string;
  media_type: string;
  text: string;
  at: number;
}

/** A field of a move as JSON Schema tells it, as far as a form needs it. */
export interface FieldSchema {
  type?: string;
  enum?: string[];
  maxLength?: number;
  anyOf?: FieldSchema[];
}

/** One thing that a process demands to be said with a move. */
export interface Demand {
  name: Named;
  kind: "text" | "number" | "day" | "choice";
  choices: Record<string, Named>;
}

/** A move that is allowed now for who asks. */
export interface Move {
  move: string;
  leads_to: string;
  fields: Record<string, FieldSchema>;
  required: string[];
  demands: Record<string, Demand>;
  /** Kinds of evidence that must be there before. */
  evidence: string[];
  given: Record<string, string>;
}

export interface ProcessStep {
  step: string;
  stands: "before" | "here" | "ahead";
}

export interface MovesSaid {
  case: string;
  step: string;
  state: string;
  revision: number;
  evidence: string[];
  steps: ProcessStep[];
  moves: Move[];
}

export interface DemoEvent {
  kind: string;
  label: Named;
}

export interface Demo {
  seed: number;
  scale: string;
  events: DemoEvent[];
  /** The kind that soonest asks a newcomer for a decision. */
  first?: string;
}

/** RFC 9457 problem, with what the platform adds to it. */
export interface Problem {
  title: string;
  detail: string;
  status: number;
  code: string;
  where: string;
  remedy: string;
  params: Record<string, string>;
}

export interface Done {
  facts: string[];
  known_at: number;
}

// --- what sensors say: /api/v1/sensing, there where the platform runs the stream lane ----------

export interface SensorSign {
  sign: string;
  name?: Named;
  unit?: string;
  how?: string;
  area: string;
  /** Null is unknown, which is not 0. */
  value_micro: number | null;
  level: WarningLevel | "";
  coverage_ppm: number;
  number: number;
  rank_error_ppm: number;
  at: number;
  /** 0 where it is made of what stands now. */
  window_s: number;
}

export interface Sensor {
  id: string;
  property: string;
  feed: string;
  area: string;
  asset: string;
  gateway: string;
  state: "speaks" | "silent" | "never_spoke";
  value_micro: number | null;
  at: number | null;
  heard_at: number | null;
  flags: string[];
  cadence_s: number;
  weight: number;
}

export interface Explanation {
  value: SensorSign;
  property: string;
  how: string;
  registered: number;
  speaking: number;
  parts: SensorSign[];
  sensors: Sensor[];
  more_sensors: number;
}

/** A column a name: the n-th values of all columns are the n-th pane. */
export interface SignHistory {
  pane: number[];
  value: (number | null)[];
}

export interface SensorFeed {
  feed: string;
  name?: Named;
  registered: number;
  speaking: number;
  silent: number;
  rows: number;
  accepted: number;
  late: number;
  backfilled: number;
  duplicate: number;
  refused: number;
  /** Refused rows by code. */
  reasons: Record<string, number>;
  rows_per_s: number;
  lag_ms: number | null;
  last_at: number | null;
}

export interface SensedProperty {
  property: string;
  name?: Named;
  area: string;
  registered: number;
  speaking: number;
}

export interface FeedsSaid {
  feeds: SensorFeed[];
  properties: SensedProperty[];
}
