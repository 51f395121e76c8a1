use grpcio::RpcStatusCode;
use protobuf::EnumOrUnknown;

use super::*;
use crate::category::Category;
use crate::wire::status;

const SCIENCE_FICTION: i32 = 1;

fn request(user_id: i32, category: i32, max_results: i32) -> RecommendationRequest {
    RecommendationRequest {
        user_id,
        category: EnumOrUnknown::from_i32(category),
        max_results,
        ..Default::default()
    }
}

#[track_caller]
fn refused(request: RecommendationRequest, code: RpcStatusCode, message: &str) {
    let refusal = query(&request).unwrap_err().into();
    let status = status(&refusal);
    assert_eq!((status.code(), status.message()), (code, message));
}

#[test]
fn a_valid_request_becomes_a_query() {
    let expected = Query {
        reader: ReaderId::new(7).unwrap(),
        category: Category::ScienceFiction,
        limit: ResultLimit::new(3).unwrap(),
    };
    assert_eq!(query(&request(7, SCIENCE_FICTION, 3)), Ok(expected));
}

#[test]
fn an_empty_request_asks_for_no_mysteries_for_reader_0() {
    let query = query(&RecommendationRequest::default()).unwrap();
    assert_eq!(query.category, Category::Mystery);
    assert_eq!(query.limit.books(), 0);
}

#[test]
fn a_negative_user_id_is_an_invalid_argument() {
    refused(
        request(-1, SCIENCE_FICTION, 3),
        RpcStatusCode::INVALID_ARGUMENT,
        "user_id is -1; it must be 0 or more",
    );
}

#[test]
fn an_unknown_category_is_not_found() {
    for number in [3, -1, i32::MAX, i32::MIN] {
        refused(
            request(1, number, 3),
            RpcStatusCode::NOT_FOUND,
            &format!(
                "category {number} is not known; \
                 it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)"
            ),
        );
    }
}

#[test]
fn negative_max_results_are_an_invalid_argument() {
    refused(
        request(1, SCIENCE_FICTION, -1),
        RpcStatusCode::INVALID_ARGUMENT,
        "max_results is -1; it must be 0 or more",
    );
}

#[test]
fn the_first_wrong_field_of_the_contract_is_refused() {
    assert_eq!(
        query(&request(-1, 9, -1)),
        Err(RefusedQuery::NegativeUserId(-1))
    );
    assert_eq!(
        query(&request(1, 9, -1)),
        Err(RefusedQuery::UnknownCategory(9))
    );
    assert_eq!(
        query(&request(1, 9, 0)),
        Err(RefusedQuery::UnknownCategory(9))
    );
}
