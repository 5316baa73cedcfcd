//! The macros that expand the rows of generated code.

/// The methods of a service: an enum, its table, the paths, and a marker type for each method. One row is one method.
///
/// ```text
/// /// The methods of `shop.v1.Orders`.
/// service: "shop.v1.Orders",
/// digest: "f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2",
/// by_path: &[0],
///
/// /// For callers with the role `clerk`.
/// Get {
///     path: GET = "/shop.v1.Orders/Get",
///     rule: Rule::any_role(&["clerk"]),
///     declared_at: "shop/v1/shop.proto:21:5",
///     caller: secure::Caller<Self>,
///     request: super::GetRequest,
///     response: super::Order,
/// }
/// ```
///
/// - `by_path` has the indices of the rows, sorted by path.
/// - `exempt_roles`, `audit` and `rate_class` may follow `declared_at`: see `Entry`.
/// - `request_conditions` may follow `response`. Without it, the rule has none.
/// - `implies` comes last: the roles that every admitted caller holds.
#[doc(hidden)]
#[macro_export]
macro_rules! __methods {
    (
        $(#[$about_service:meta])*
        service: $service:literal,
        digest: $digest:literal,
        by_path: $by_path:expr,
        $(
            $(#[$about:meta])*
            $name:ident {
                path: $constant:ident = $path:literal,
                rule: $rule:expr,
                declared_at: $declared_at:literal,
                $(exempt_roles: $exempt_roles:expr,)?
                $(audit: $audit:ident,)?
                $(rate_class: $rate_class:literal,)?
                caller: $caller:ty,
                request: $request:ty,
                response: $response:ty,
                $(request_conditions: $conditions:expr,)?
                $(implies: [$($role:path),+],)?
            }
        )+
    ) => {
        $(#[$about_service])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Method {
            $($(#[$about])* $name,)+
        }

        /// The path of each method, who may call it, and where its rule is written. In the order of the `.proto`.
        const TABLE: &[$crate::codegen::Entry] = &[
            $(
                $crate::codegen::entry(path::$constant, $rule, $declared_at)
                    $(.exempt_roles($exempt_roles))?
                    $(.$audit())?
                    $(.rate_class($rate_class))?,
            )+
        ];

        impl Method {
            /// Every method, in the order of the `.proto`.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Who may call the method.
            pub const fn rule(self) -> $crate::codegen::Rule {
                TABLE[self as usize].rule
            }

            /// The path of the method.
            pub const fn path(self) -> &'static str {
                TABLE[self as usize].path
            }

            /// Where the rule is written.
            pub const fn declared_at(self) -> &'static str {
                TABLE[self as usize].declared_at
            }
        }

        /// The SHA-256 of the rules of this service. Audit events contain it.
        pub const POLICY_DIGEST: &str = $digest;

        impl $crate::codegen::Method for Method {
            const SERVICE: &'static str = $service;
            const ALL: &'static [Self] = Self::ALL;
            const POLICY_DIGEST: &'static str = POLICY_DIGEST;
            const TABLE: &'static [$crate::codegen::Entry] = TABLE;
            const BY_PATH: &'static [usize] = $by_path;

            fn index(self) -> usize {
                self as usize
            }
        }

        /// The paths of the methods.
        #[allow(missing_docs)]
        pub mod path {
            $(pub const $constant: &str = $path;)+
        }

        /// A marker type for each method, as in `Caller<rpc::Get>`.
        pub mod rpc {
            $(
                $(#[$about])*
                #[derive(Debug)]
                pub enum $name {}
            )+
        }

        $(
            impl $crate::codegen::Rpc for rpc::$name {
                type Method = Method;
                type Caller = $caller;
                type Request = $request;
                type Response = $response;
                const METHOD: Method = Method::$name;
                $(const REQUEST_CONDITIONS: &'static [$crate::codegen::RequestCondition<Self::Request>] = $conditions;)?
            }

            $crate::__methods!(@without_request_conditions $name $($conditions)?);
            $($(impl $crate::codegen::Implies<$role> for rpc::$name {})+)?
        )+
    };
    (@without_request_conditions $name:ident) => {
        impl $crate::codegen::WithoutRequestConditions for rpc::$name {}
    };
    (@without_request_conditions $name:ident $conditions:expr) => {};
}
pub use __methods as methods;

/// Runs the handler of each method: its kind, and its function in the trait of the service. One row is one method.
///
/// ```text
/// Orders for policy::Method {
///     Get => unary get,
///     Watch => server_streaming watch,
/// }
/// ```
///
/// The marker of a method has its name, in the module `rpc`. So a row cannot run the handler of a method as another one.
#[doc(hidden)]
#[macro_export]
macro_rules! __dispatch {
    ($service:ident for $method:ty { $($name:ident => $kind:ident $handler:ident,)+ }) => {
        impl<T: self::$service> $crate::codegen::Dispatch<T> for $method {
            fn dispatch(
                self,
                service: $crate::codegen::Arc<T>,
                call: $crate::codegen::Call<Self>,
            ) -> $crate::codegen::HandlerFuture {
                match self {
                    $(
                        Self::$name => call.to::<rpc::$name>().$kind(service, T::$handler),
                    )+
                }
            }
        }
    };
}
pub use __dispatch as dispatch;
