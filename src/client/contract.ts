/** What a backend offers as types: read off its declaration, or written to a file for others. */

/** A row as the wire carries it; what `update`, `replace` and `delete` take to name a version. */
export interface Versioned {
  readonly id: string
  readonly version: number
}

/** What every row has, set by the engine; times in RFC 3339. */
export interface RowHeader extends Versioned {
  readonly createdAt: string
  readonly updatedAt: string
}

/** The types of one resource. */
export interface ResourceContract {
  readonly row: object
  readonly create: object
  readonly replace: object
  readonly update: object
  readonly filter: object
  readonly sort: string
  /** Fields with a sum and an average. */
  readonly number: string
  /** Fields with a least and a greatest value. */
  readonly ordered: string
  readonly moment: string
  readonly day: string
  /** By reference: the resource that it names, as the client calls it. */
  readonly one: object
  /** By inverse: the resource whose rows refer to this one. */
  readonly many: object
  /** By operation: the errors of the hooks around it. */
  readonly errors: object
}

export interface CommandContract {
  readonly input: object
  readonly output: unknown
  /** Its own errors and those of the hooks around it: data by code. */
  readonly errors: object
}

export interface QueryContract {
  readonly input: object
  readonly row: object
  /** Of the hooks around it. */
  readonly errors: object
}

/** How users come in. */
export interface AuthContract {
  readonly signUp: 'open' | 'closed'
  /** What an account is made of: e-mail, password and what the identity asks for. */
  readonly account: object
  /** Of the hooks around a sign-up. */
  readonly errors: object
}

/** Nothing is looked at before it is used, so that a large backend costs what is used of it. */
export interface Contract {
  readonly resources: object
  readonly commands: object
  readonly queries: object
  /** An `AuthContract`; null where the backend has no identity. */
  readonly auth: unknown
}

export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal
}

interface Presence {
  readonly isNull?: boolean
}

/** Of documents, lists and objects. */
export type PresenceFilter = Presence | null

interface Equality<Value> extends Presence {
  readonly eq?: Value
  readonly ne?: Value
}

interface Membership<Value> extends Equality<Value> {
  readonly in?: readonly Value[]
}

interface Order<Value> extends Membership<Value> {
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
}

interface Text extends Order<string> {
  readonly contains?: string
  readonly startsWith?: string
}

export type TextFilter = string | Text | null
/** Of choices, references and uuids. */
export type ChoiceFilter<Value extends string> = Value | Membership<Value> | null
export type BooleanFilter = boolean | Equality<boolean> | null
/** Of numbers, days and moments. */
export type OrderFilter<Value> = Value | Order<Value> | null

type PlaceValue = string | number | boolean

interface Place extends Order<PlaceValue> {
  readonly contains?: PlaceValue
  readonly startsWith?: string
}

/** Of a place in a document, `'attributes.size'`: compared within the type of the value. */
export type PlaceFilter = PlaceValue | Place | null

/** The fields that every resource can be filtered by. */
export interface HeaderFilter {
  readonly id?: ChoiceFilter<string>
  readonly version?: OrderFilter<number>
  readonly createdAt?: OrderFilter<string | Date>
  readonly updatedAt?: OrderFilter<string | Date>
}

/** Properties that the client keeps for itself; a resource of such a name has `Rows` behind it. */
export const clientWords = ['auth', 'batch', 'commands', 'queries'] as const
export type ClientWord = (typeof clientWords)[number]
