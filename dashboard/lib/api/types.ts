/** The API's nouns under their own names; all of them generated from its OpenAPI document (`npm run types`). */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type Answered = Schemas["Answered"];
export type Check = Schemas["Check"];
export type Citation = Schemas["Citation"];
export type DoorView = Schemas["DoorView"];
export type EntityRef = Schemas["EntityRef"];
export type Evidence = Schemas["Evidence"];
export type EvidenceBody = Schemas["EvidenceBody"];
export type FiledAlert = Schemas["FiledAlert"];
export type Hypothesis = Schemas["Hypothesis"];
export type Incident = Schemas["Incident"];
export type IncidentList = Schemas["IncidentList"];
export type JournalEntry = Schemas["JournalEntry"];
export type Kind = Schemas["Kind"];
export type LogSignature = Schemas["LogSignature"];
export type LogSignatures = Schemas["LogSignatures"];
export type Me = Schemas["Me"];
export type PlanView = Schemas["PlanView"];
export type PostMortem = Schemas["PostMortem"];
export type Problem = Schemas["Problem"];
export type Readiness = Schemas["Readiness"];
export type Role = Schemas["Role"];
export type SessionView = Schemas["SessionView"];
export type SignInWays = Schemas["SignInWays"];
export type ServerState = Schemas["ServerState"];
export type Severity = Schemas["Severity"];
export type SimilarIncidents = Schemas["SimilarIncidents"];
export type Spot = Schemas["Spot"];
export type Status = Schemas["Status"];
export type Step = Schemas["Step"];
export type Tie = Schemas["Tie"];
export type ToolInfo = Schemas["ToolInfo"];
export type Topology = Schemas["Topology"];
export type Verification = Schemas["Verification"];
