/** The PasswordHash port: a slow, salted hash that names its own parameters. */

export interface PasswordHash {
  /** The hash in PHC string format, with a fresh salt. Runs off the event loop. */
  hash(password: string): Promise<string>
  /**
   * Whether the password made the hash; compares in constant time. Rejects when the hash is not of
   * this kind.
   */
  verify(hash: string, password: string): Promise<boolean>
}
