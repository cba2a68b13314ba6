"""The service and the region of a signature are read from AWS's names of endpoints."""

from __future__ import annotations

import pytest

from strongroom_server.schemes.aws_endpoints import scope_of


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("s3.amazonaws.com", "s3", "us-east-1"),
        ("s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("bucket.s3.amazonaws.com", "s3", "us-east-1"),
        ("bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("a.b.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("bucket.s3-us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("s3.dualstack.us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("bucket.s3.dualstack.us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("bucket.s3-fips.us-gov-west-1.amazonaws.com", "s3", "us-gov-west-1"),
        ("bucket.s3-fips.dualstack.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("bucket.s3.cn-north-1.amazonaws.com.cn", "s3", "cn-north-1"),
        ("ap-1.s3-accesspoint.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("1.s3-control.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("x.s3-object-lambda.eu-west-1.amazonaws.com", "s3-object-lambda", "eu-west-1"),
        ("x.s3-outposts.eu-west-1.amazonaws.com", "s3-outposts", "eu-west-1"),
        ("b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "s3express", "us-east-1"),
        ("bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com", "s3", "us-east-1"),
        # A bucket may be named like a service or a region.
        ("sts.s3.amazonaws.com", "s3", "us-east-1"),
        ("eu-west-1.s3.amazonaws.com", "s3", "us-east-1"),
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("streams.dynamodb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("dynamodb.us-east-1.api.aws", "dynamodb", "us-east-1"),
        ("dynamodb-fips.us-east-1.amazonaws.com", "dynamodb", "us-east-1"),
        ("sqs.ap-southeast-2.amazonaws.com", "sqs", "ap-southeast-2"),
        ("lambda.us-iso-east-1.amazonaws.com", "lambda", "us-iso-east-1"),
        ("abc.execute-api.eu-central-1.amazonaws.com", "execute-api", "eu-central-1"),
        ("abc.lambda-url.eu-central-1.on.aws", "lambda", "eu-central-1"),
        ("abc.appsync-api.eu-central-1.amazonaws.com", "appsync", "eu-central-1"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock", "us-east-1"),
        ("email.us-east-1.amazonaws.com", "ses", "us-east-1"),
        ("api.ecr.us-east-1.amazonaws.com", "ecr", "us-east-1"),
        ("search-x-y.us-east-1.es.amazonaws.com", "es", "us-east-1"),
        ("x.us-east-1.aoss.amazonaws.com", "aoss", "us-east-1"),
        ("iam.amazonaws.com", "iam", "us-east-1"),
        ("sts.amazonaws.com", "sts", "us-east-1"),
        ("sts.eu-west-1.amazonaws.com", "sts", "eu-west-1"),
        ("route53.amazonaws.com", "route53", "us-east-1"),
    ],
)
def test_the_scope_of_a_host(host: str, service: str, region: str) -> None:
    assert scope_of(host) == (service, region)


@pytest.mark.parametrize(
    "host",
    [
        "amazonaws.com",
        "evilamazonaws.com",
        "s3.amazonaws.com.evil.com",
        "minio.example.com",
        "eu-west-1.amazonaws.com",
        "10.0.0.1",
    ],
)
def test_another_host_says_nothing(host: str) -> None:
    assert "" in scope_of(host)


@pytest.mark.parametrize(
    ("host", "service"),
    [
        # Buckets of every region.
        ("bucket.s3-accelerate.amazonaws.com", "s3"),
        ("bucket.s3-accelerate.dualstack.amazonaws.com", "s3"),
        ("sqs.amazonaws.com", "sqs"),
    ],
)
def test_a_host_without_a_region_needs_one_from_the_caller(host: str, service: str) -> None:
    assert scope_of(host) == (service, "")
